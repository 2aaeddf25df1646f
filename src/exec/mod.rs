//! The only place that starts programs: sandboxed children with limits.
