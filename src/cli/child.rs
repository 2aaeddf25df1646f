use super::{Exit, Failure, Said};
use crate::exec;

/// `sohoa __worker`
pub fn run() -> Result<Exit, Failure> {
    exec::run_worker().map_err(|error| {
        Failure::new(
            Exit::BadArguments,
            "no_order",
            Said::new(
                format!("lệnh nội bộ, không dùng trực tiếp: {error}"),
                format!("an internal command, not for direct use: {error}"),
            ),
        )
        .hint(Said::new("dùng `sohoa convert TỆP`", "use `sohoa convert FILE`"))
    })?;
    Ok(Exit::Done)
}
