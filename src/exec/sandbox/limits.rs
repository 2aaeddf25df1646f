use std::io;

use rlimit::Resource;

use super::Allowed;

/// Address space is not memory: models and libraries are mapped, allocators reserve more than they use.
const MAPPED: u64 = 2 << 30;
/// Models, the work folder's files, pipes: an honest child has about ten open.
const OPEN_FILES: u64 = 128;
/// Between SIGXCPU and SIGKILL.
const CPU_GRACE_SECONDS: u64 = 2;

pub(super) fn set(allowed: &Allowed) -> io::Result<()> {
    Resource::DATA.set(allowed.memory, allowed.memory)?;
    let mapped = allowed.memory.saturating_add(MAPPED);
    Resource::AS.set(mapped, mapped)?;
    Resource::CPU.set(
        allowed.cpu_seconds,
        allowed.cpu_seconds.saturating_add(CPU_GRACE_SECONDS),
    )?;
    Resource::FSIZE.set(allowed.file_bytes, allowed.file_bytes)?;
    Resource::NOFILE.set(OPEN_FILES, OPEN_FILES)?;
    Resource::CORE.set(0, 0)?;
    // SAFETY: ignoring a signal touches no memory. A file over the limit is then an error of the
    // write that can be reported, not a silent death.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
    Ok(())
}

pub(super) fn die_with_parent() -> io::Result<()> {
    // SAFETY: prctl with PR_SET_PDEATHSIG takes numbers only.
    check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) }.into())
}

/// Gives up what root may do beyond its own files, mount and raise limits above all.
pub(super) fn drop_capabilities() -> io::Result<()> {
    /// `_LINUX_CAPABILITY_VERSION_3` of linux/capability.h: two words a set.
    const VERSION: u32 = 0x2008_0522;
    let header: [u32; 2] = [VERSION, 0];
    let none: [u32; 6] = [0; 6];
    // SAFETY: header and data have the sizes that version 3 fixes and live through the call.
    check(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) })
}

fn check(result: libc::c_long) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
