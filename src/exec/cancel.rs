use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Wake = Box<dyn Fn() + Send>;

/// A switch that stops every parse it was given to. Clones are the same switch.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Switch>);

#[derive(Default)]
struct Switch {
    thrown: AtomicBool,
    next: AtomicU64,
    waiting: Mutex<Vec<(u64, Wake)>>,
}

impl Cancel {
    /// Stops what runs and what is started later. Children are dead soon after.
    pub fn cancel(&self) {
        self.0.thrown.store(true, Ordering::SeqCst);
        for (_, wake) in self.0.waiting().iter() {
            wake();
        }
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.thrown.load(Ordering::SeqCst)
    }

    /// Calls `wake` on [`Self::cancel`] for as long as the guard lives.
    pub fn on_cancel(&self, wake: impl Fn() + Send + 'static) -> Waiting {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.waiting().push((id, Box::new(wake)));
        Waiting {
            switch: Arc::clone(&self.0),
            id,
        }
    }
}

impl Switch {
    fn waiting(&self) -> MutexGuard<'_, Vec<(u64, Wake)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For as long as it lives, somebody is called when the switch is thrown.
pub struct Waiting {
    switch: Arc<Switch>,
    id: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.switch.waiting().retain(|(id, _)| *id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn wakes_those_who_wait_and_only_those() {
        let (send, woken) = mpsc::channel();
        let cancel = Cancel::default();
        let other = send.clone();
        let _first = cancel.on_cancel(move || send.send("first").unwrap());
        drop(cancel.on_cancel(move || other.send("gone").unwrap()));
        assert!(!cancel.is_cancelled());
        cancel.clone().cancel();
        assert!(cancel.is_cancelled());
        assert_eq!(woken.try_iter().collect::<Vec<_>>(), ["first"]);
    }
}
