//! The progress bar of long commands, on standard error; not drawn where that is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar under way.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Begins one that only says what is being done; the first count makes it a bar.
    pub(super) fn new(doing: &'static str) -> Self {
        let bar = ProgressBar::new(0);
        bar.set_style(Self::style("{msg}"));
        bar.set_message(doing);
        Self(bar)
    }

    /// The templates are ours: one that could not be read would leave the bar as it is by default.
    fn style(template: &str) -> ProgressStyle {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    }

    /// Says what is being done now.
    pub(super) fn say(&self, doing: &'static str) {
        self.0.set_message(doing);
        self.0.tick();
    }

    /// So many of so many are done.
    pub(super) fn advance(&self, done: usize, of: usize) {
        if self.0.length() == Some(0) {
            self.0.set_style(Self::style("{msg} [{bar:40}] {human_pos}/{human_len} {eta}"));
        }
        self.0.set_length(u64::try_from(of).unwrap_or(u64::MAX));
        self.0.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    }

    /// Takes it off the screen.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
