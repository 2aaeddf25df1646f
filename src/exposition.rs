//! Prometheus' text format, version 0.0.4.

use std::fmt::{Arguments, Display, Write};

/// What `Content-Type` says of it.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4";

/// Metrics as text: a family, then its samples.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(key, value)| format!("{key}=\"{}\"", escaped(value)))
            .collect();
        match labels.is_empty() {
            true => self.line(format_args!("{name} {value}")),
            false => self.line(format_args!("{name}{{{}}} {value}", labels.join(","))),
        }
    }

    /// A family of one sample.
    pub fn single(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        labels: &[(&str, &str)],
        value: impl Display,
    ) {
        self.family(name, kind, help);
        self.sample(name, labels, value);
    }

    pub fn into_text(self) -> String {
        self.0
    }

    fn line(&mut self, line: Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_quoted_and_a_family_comes_before_its_samples() {
        let mut text = Text::default();
        text.family("a_total", "counter", "How many.");
        text.sample("a_total", &[("file", "a \"b\"\\c\nd"), ("kind", "x")], 3);
        text.single("b", "gauge", "How much.", &[], 0.5);
        assert_eq!(
            text.into_text(),
            "# HELP a_total How many.\n# TYPE a_total counter\na_total{file=\"a \\\"b\\\"\\\\c\\nd\",kind=\"x\"} 3\n\
             # HELP b How much.\n# TYPE b gauge\nb 0.5\n"
        );
    }
}
