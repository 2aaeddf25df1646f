//! seccomp: system calls that no reader of documents needs. A list of refusals and not of
//! permissions, since what libc, PDFium and Tesseract need changes with their versions; new
//! programs, processes and connections are what counts.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter,
};

/// Refused whatever the arguments.
const REFUSED: &[i64] = &[
    // programs
    libc::SYS_execve,
    libc::SYS_execveat,
    // network
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    // other processes
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_setpriority,
    // mounts and namespaces
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    // files by other ways than their path
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_mknodat,
    libc::SYS_symlinkat,
    libc::SYS_linkat,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    // parts of the kernel with a history
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_personality,
    // the machine
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    // its own limits and rights
    libc::SYS_setrlimit,
    libc::SYS_capset,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_setsid,
    libc::SYS_setpgid,
];

/// Calls that the older ports of Linux have beside the newer ones above, and the whole of the
/// second set of numbers (x32) that the same processor answers to.
#[cfg(target_arch = "x86_64")]
fn refused_here() -> impl Iterator<Item = i64> {
    const X32: i64 = 0x4000_0000;
    const LAST: i64 = 547;
    let old = [
        libc::SYS_fork,
        libc::SYS_vfork,
        libc::SYS_mknod,
        libc::SYS_symlink,
        libc::SYS_link,
        libc::SYS_chmod,
        libc::SYS_chown,
        libc::SYS_lchown,
        libc::SYS_iopl,
        libc::SYS_ioperm,
        libc::SYS_modify_ldt,
    ];
    old.into_iter()
        .chain((X32..=X32 + LAST).filter(|call| REFUSED.contains(&(call - X32)) || call - X32 >= 512))
}

#[cfg(not(target_arch = "x86_64"))]
fn refused_here() -> impl Iterator<Item = i64> {
    std::iter::empty()
}

/// Refuses the calls above with EPERM, for this thread and those it starts.
pub(super) fn refuse() -> Result<(), Error> {
    let here = TargetArch::try_from(std::env::consts::ARCH).map_err(Error::Backend)?;
    let always = |call| (call, Vec::new());
    let mut refused: BTreeMap<i64, Vec<SeccompRule>> = REFUSED
        .iter()
        .copied()
        .chain(refused_here())
        .map(always)
        .collect();
    refused.extend(only_threads()?);
    refused.extend(only_itself()?);
    let filter = |rules, error: i32| -> Result<BpfProgram, Error> {
        let errno = SeccompAction::Errno(error.cast_unsigned());
        SeccompFilter::new(rules, SeccompAction::Allow, errno, here)?
            .try_into()
            .map_err(Error::Backend)
    };
    let refused = filter(refused, libc::EPERM)?;
    // clone3 hides its flags in memory; libc falls back to clone when there is no clone3.
    let hidden = filter(BTreeMap::from([always(libc::SYS_clone3)]), libc::ENOSYS)?;
    apply_filter(&refused)?;
    apply_filter(&hidden)
}

/// Threads may be started, processes not.
fn only_threads() -> Result<[(i64, Vec<SeccompRule>); 1], Error> {
    let threads = u64::from(libc::CLONE_THREAD.cast_unsigned());
    let no_thread = condition(0, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(threads), 0)?;
    Ok([(libc::SYS_clone, vec![SeccompRule::new(vec![no_thread])?])])
}

/// Signals to its own threads only (that is how `abort` works), limits to be read only.
fn only_itself() -> Result<[(i64, Vec<SeccompRule>); 3], Error> {
    let own = u64::from(std::process::id());
    let other = || condition(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, own);
    let new_limit = condition(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    Ok([
        (libc::SYS_tgkill, vec![SeccompRule::new(vec![other()?])?]),
        (
            libc::SYS_rt_tgsigqueueinfo,
            vec![SeccompRule::new(vec![other()?])?],
        ),
        (libc::SYS_prlimit64, vec![SeccompRule::new(vec![new_limit])?]),
    ])
}

fn condition(
    argument: u8,
    length: SeccompCmpArgLen,
    compare: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, Error> {
    SeccompCondition::new(argument, length, compare, value).map_err(Error::Backend)
}
