use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope, path_beneath_rules,
};

use super::{Allowed, Wall};

/// The newest set of rights asked for; an older kernel enforces what it knows.
const NEWEST: ABI = ABI::V6;

/// What every process of this kind reads: shared libraries (`libpdfium.so` is loaded late and
/// brings its own), fonts for PDFs that embed none, the number of processors.
const SYSTEM: [&str; 12] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/fonts",
    "/etc/fonts",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/dev/urandom",
];

/// Landlock: reads what is allowed, writes the work folder, no TCP, no signals to others.
pub(super) fn restrict(allowed: &Allowed) -> Result<Wall, RulesetError> {
    // Links and devices are left out: nothing that is written may lead elsewhere.
    let write = AccessFs::from_read(NEWEST)
        | AccessFs::WriteFile
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer
        | AccessFs::Truncate;
    // `Execute` is not needed to map a library, and without it no program starts.
    let write = write & !AccessFs::Execute;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(SYSTEM, read))?
        .add_rules(path_beneath_rules(&allowed.read, read))?
        .add_rules(path_beneath_rules(["/dev/null"], read | AccessFs::WriteFile))?
        .add_rules(path_beneath_rules([&allowed.write], write))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Wall::Full,
        RulesetStatus::PartiallyEnforced => Wall::Partial,
        RulesetStatus::NotEnforced => Wall::Absent("the kernel has no Landlock (Linux 5.13 or newer)".into()),
    })
}
