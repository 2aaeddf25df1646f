use std::path::{Path, PathBuf};

/// The `sohoa` program to start children from: this very one, even if its file has been replaced
/// since; for another program that uses the library, the `sohoa` beside it or, as cargo lays out
/// its tests, one folder up.
pub(super) fn path() -> std::io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let name = own.file_name().unwrap_or_default().to_string_lossy();
    if name == "sohoa" || name == "sohoa (deleted)" {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("sohoa"))
        .find(|program| Path::is_file(program))
        .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, "no `sohoa` beside this program"))
}
