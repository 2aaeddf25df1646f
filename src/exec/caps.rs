use std::time::Duration;

/// What a child may use before it is stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Caps {
    /// Bytes of its own data (heap and private mappings), all threads together.
    pub memory: u64,
    /// Processor seconds, all threads together.
    pub cpu_seconds: u64,
    /// Time for the whole document, restarts included.
    pub wall: Duration,
    /// Time for opening the file and for each page.
    pub page_wall: Duration,
    /// Bytes of any one file that it writes.
    pub file_bytes: u64,
}

impl Default for Caps {
    /// Ten times what a 14-page scan was seen to need.
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            cpu_seconds: 3_600,
            wall: Duration::from_secs(3_600),
            page_wall: Duration::from_secs(120),
            file_bytes: 1 << 30,
        }
    }
}
