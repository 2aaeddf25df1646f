//! What a child takes from itself before it looks at the file. Each wall stands on its own, so that
//! a kernel that lacks one still has the others; what is lacking is reported, not hidden.

mod calls;
mod files;
mod limits;

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How well a wall stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wall {
    Full,
    /// Stands, without some newer parts that this kernel does not know.
    Partial,
    /// Does not stand, and why.
    Absent(String),
}

/// What is enforced on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// Landlock: only its own files, no network.
    pub files: Wall,
    /// seccomp: no sockets, no programs, no processes, nothing of the system's.
    pub calls: Wall,
    /// rlimit: memory, processor, file size, open files, no core.
    pub limits: Wall,
}

/// What a child may still do.
pub(super) struct Allowed {
    /// Files and folders to read. Those that are not there are left out.
    pub read: Vec<PathBuf>,
    /// The folder to write.
    pub write: PathBuf,
    pub memory: u64,
    pub cpu_seconds: u64,
    pub file_bytes: u64,
}

/// Raises the walls around this process, for good. Before any thread is started.
pub(super) fn enter(allowed: &Allowed) -> Walls {
    let limits = limits::set(allowed).map_or_else(|e| absent(&e), |()| Wall::Full);
    let files = files::restrict(allowed).unwrap_or_else(|e| absent(&e));
    let calls = limits::drop_capabilities()
        .map_err(|e| e.to_string())
        .and_then(|()| calls::refuse().map_err(|e| e.to_string()))
        .map_or_else(Wall::Absent, |()| Wall::Full);
    Walls { files, calls, limits }
}

/// Ends this process when its parent ends. `false`: the parent has gone already.
pub(super) fn die_with(parent: u32) -> io::Result<Orphan> {
    limits::die_with_parent()?;
    // The parent may have died before the line above: then somebody else has adopted this process.
    Ok(if std::os::unix::process::parent_id() == parent {
        Orphan::No
    } else {
        Orphan::Yes
    })
}

/// Whether the process that ordered the work has gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Orphan {
    No,
    Yes,
}

fn absent(error: &dyn std::error::Error) -> Wall {
    Wall::Absent(error.to_string())
}
