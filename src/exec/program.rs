use std::path::{Path, PathBuf};
use std::sync::OnceLock;

static THIS: OnceLock<()> = OnceLock::new();

/// Says that this process is `sohoa` itself, whatever its file is called: it starts its children
/// from itself. Said by the command line; tests and other users of the library do not say it.
pub fn this_is_the_program() {
    let _ = THIS.set(());
}

/// The program to start children from: this very one, even if its file has been replaced since;
/// for another program that uses the library, the `sohoa` beside it or, as cargo lays out its
/// tests, one folder up.
pub(super) fn path() -> std::io::Result<PathBuf> {
    if THIS.get().is_some() {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    let own = std::env::current_exe()?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("sohoa"))
        .find(|program| Path::is_file(program))
        .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, "no `sohoa` beside this program"))
}
