use std::io;

use crate::exec::Cancel;

/// Lets Ctrl-C and `kill` throw the switch; a second Ctrl-C ends the program as ever.
pub fn cancels(cancel: &Cancel) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut interrupt, mut terminate) = {
        use tokio::signal::unix::{SignalKind, signal};
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let cancel = cancel.clone();
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            cancel.cancel();
            // Whoever asks twice does not want to wait.
            interrupt.recv().await;
        });
        std::process::exit(super::Exit::Interrupted.code().into());
    });
    Ok(())
}
