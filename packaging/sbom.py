"""The bill of materials (CycloneDX 1.5, JSON) of the program as it is shipped: sbom.py PROGRAM RUNTIME > FILE.

Crates come from cargo-cyclonedx; to them come what no Cargo.lock knows: libpdfium, the Debian packages of the libraries that
PROGRAM is linked with, and the models inside it, each with its version or digest. Run by packaging/deb.sh and `make sbom`."""

import hashlib
import json
import os
import re
import subprocess
import sys

program, runtime = sys.argv[1:3]
SELF = "pkg:cargo/sohoa"
NAME = "sohoa-sbom"


def output(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def crates():
    """The crates that are linked in, as cargo-cyclonedx tells them."""
    path = f"{NAME}.json"
    tools = os.path.abspath(os.path.join(runtime, "tools", "bin"))
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        # The time of the sources, not of the build.
        "SOURCE_DATE_EPOCH": output("git", "log", "-1", "--format=%ct").strip(),
    }
    words = "cargo cyclonedx --quiet --format json --spec-version 1.5 --no-build-deps --override-filename"
    try:
        subprocess.run([*words.split(), NAME], check=True, env=environment)
        with open(path, encoding="utf-8") as file:
            # Where the sources lie on this machine is nobody's business.
            return json.loads(re.sub(r'path\+file://[^"#]*#sohoa@', f"{SELF}@", file.read()))
    finally:
        if os.path.exists(path):
            os.remove(path)


def digest(path):
    with open(path, "rb") as file:
        return [{"alg": "SHA-256", "content": hashlib.sha256(file.read()).hexdigest()}]


def pdfium():
    wheel = re.search(r"^pypdfium2==(\S+)", open("setup/parts.txt", encoding="utf-8").read(), re.MULTILINE)
    return {
        "type": "library",
        "bom-ref": "libpdfium.so",
        "name": "libpdfium.so",
        "version": f"as in pypdfium2 {wheel[1]}",
        "hashes": digest(os.path.join(runtime, "libpdfium.so")),
        "licenses": [{"license": {"id": "BSD-3-Clause"}}, {"license": {"id": "Apache-2.0"}}],
        "purl": f"pkg:pypi/pypdfium2@{wheel[1]}",
    }


def debian_packages():
    """The packages of the shared libraries that the program asks for by name."""
    wanted = set(re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", program)))
    for line in output("ldd", program).splitlines():
        found = re.match(r"\s*(\S+) => (/\S+)", line)
        if not found or found[1] not in wanted:
            continue
        owner = next(filter(None, map(owner_of, (found[2], "/usr" + found[2], os.path.realpath(found[2])))))
        version, arch = output("dpkg-query", "-W", "-f", "${Version} ${Architecture}", owner).split()
        name = owner.split(":")[0]
        purl = f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={arch}"
        yield {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def owner_of(path):
    asked = subprocess.run(["dpkg", "-S", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return asked.stdout.rsplit(": ", 1)[0].split(",")[0] if asked.returncode == 0 else None


def models():
    for model in json.load(open("models/manifest.json", encoding="utf-8")):
        licences = sorted({model["licence"], *(source["licence"] for source in model["sources"])})
        yield {
            "type": "machine-learning-model",
            "bom-ref": f"models/{model['name']}",
            "name": model["name"],
            "description": model["what"],
            "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
            "licenses": [{"license": {"name": licence}} for licence in licences],
        }


bom = crates()
told = {(c["name"], c["version"]) for c in bom["components"]}
for line in output(*"cargo tree --locked -e normal --prefix none --format {p}".split()).splitlines():
    name, version = line.split()[:2]
    if name != "sohoa" and (name, version.removeprefix("v")) not in told:
        sys.exit(f"sbom.py: {name} {version} is linked in and not told")
besides = {c["bom-ref"]: c for c in [pdfium(), *debian_packages(), *models()]}
bom["components"] += besides.values()
bom["metadata"]["component"]["hashes"] = digest(program)
root = bom["metadata"]["component"]["bom-ref"]
for dependency in bom["dependencies"]:
    if dependency["ref"] == root:
        dependency["dependsOn"] = sorted({*dependency.get("dependsOn", []), *besides})
bom["dependencies"] += [{"ref": ref, "dependsOn": []} for ref in besides]
json.dump(bom, sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
print()
