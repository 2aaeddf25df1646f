#!/bin/bash
# Writes the bill of materials of a program that is built already, and checks that it is a valid CycloneDX file:
#
#   packaging/sbom.sh PROGRAM FILE
set -euo pipefail
cd "$(dirname "$0")/.."

program=${1:?which program?} file=${2:?to which file?} runtime=${SOHOA_RUNTIME:-.runtime}
python3 packaging/sbom.py "$program" "$runtime" > "$file"
"$runtime/tools/python/bin/python" - "$file" <<'CHECK'
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

with open(sys.argv[1], encoding="utf-8") as file:
    wrong = JsonStrictValidator(SchemaVersion.V1_5).validate_str(file.read())
sys.exit(f"{sys.argv[1]}: {wrong}" if wrong else 0)
CHECK
