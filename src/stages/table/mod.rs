//! See `stages`.
