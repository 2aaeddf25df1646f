//! The settings, parsed once.
