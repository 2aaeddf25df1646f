//! Which number each head has. What was read stands, unless the numbers around it prove another:
//! `I` read as `1`, `II` as `11`, `1` as `l`. Several histories are kept side by side and the one
//! that needs least explaining wins; every number that is not as read says so.

use super::number::Numbering;

/// What is known of one head's number.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// As it stands in the cell; empty where nothing was read.
    pub raw: String,
    /// Other readings of the same ink.
    pub others: Vec<String>,
    pub source: Source,
    pub need: Need,
}

/// How far a reading can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Text that was never an image.
    Text,
    Image,
    /// Two readers of the image agree, and are sure.
    Agreed,
}

/// Whether a head can do without a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A wide cell without number: a section of its own.
    Section,
    /// A row with a score: it should have one.
    Criterion,
}

/// The number that a head gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// `None`: it has no number that a list could hold.
    pub number: Option<Numbering>,
    /// Why it is not as read.
    pub inferred: Option<String>,
}

const BEAM: usize = 24;
/// What the surrounding numbers must gain before a reading is set aside.
const PROOF: f64 = 0.45;
/// What speaks for typed text besides.
const TYPED: f64 = 0.8;
/// What they must gain on top of that before the agreement of two readers is set aside.
const AGREEMENT: f64 = 1.2;

#[derive(Debug, Clone)]
struct History {
    cost: f64,
    /// Open numbers, outermost first, with their levels; a section without number has none.
    open: Vec<(u8, Option<Numbering>)>,
    /// The last number without dots: it may go on under the next section.
    running: Option<Numbering>,
    settled: Vec<Settled>,
}

/// Settles all numbers of a table together.
pub fn settle(readings: &[Reading]) -> Vec<Settled> {
    let mut beam = vec![History {
        cost: 0.0,
        open: Vec::new(),
        running: None,
        settled: Vec::new(),
    }];
    for reading in readings {
        let mut next: Vec<History> = beam.iter().flat_map(|history| history.go_on(reading)).collect();
        next.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let mut kept: Vec<History> = Vec::new();
        for history in next {
            let same = |k: &&History| k.open == history.open && k.running == history.running;
            if kept.len() < BEAM && !kept.iter().any(|k| same(&k)) {
                kept.push(history);
            }
        }
        beam = kept;
    }
    beam.into_iter()
        .next()
        .map(|best| best.settled)
        .unwrap_or_default()
}

impl History {
    fn go_on(&self, reading: &Reading) -> Vec<Self> {
        let raw = reading.raw.trim();
        let literal = Numbering::parse(raw);
        let mut all = Vec::new();
        if let Some(number) = &literal {
            all.push(self.with(number.clone(), self.misfit(number), None));
        }
        for expected in self.expected() {
            if literal.as_ref() == Some(&expected) {
                continue;
            }
            if let Some(cost) = misreading(reading, &expected.text, literal.is_some()) {
                let why = if raw.is_empty() {
                    format!("number missing, {} by the sequence", expected.text)
                } else {
                    format!("sequence: {raw} -> {}", expected.text)
                };
                let misfit = self.misfit(&expected);
                // What was typed, or read alike by two, stands unless far more speaks against it.
                let proof = match (reading.source, &literal) {
                    (Source::Agreed, Some(_)) => PROOF + AGREEMENT,
                    (Source::Text, Some(_)) => PROOF + TYPED,
                    _ => PROOF,
                };
                all.push(self.with(expected, proof + cost + misfit, Some(why)));
            }
        }
        if literal.is_none() {
            let cost = match (raw.is_empty(), reading.need) {
                (true, Need::Section) => 0.0,
                (true, Need::Criterion) => 0.6,
                (false, _) => 2.6,
            };
            all.push(self.without(reading.need, cost));
        }
        all
    }

    fn with(&self, number: Numbering, cost: f64, inferred: Option<String>) -> Self {
        let mut next = self.clone();
        let level = number.level();
        next.open.retain(|(l, _)| *l < level);
        next.open.push((level, Some(number.clone())));
        if number.is_plain() && level == 2 {
            next.running = Some(number.clone());
        }
        next.cost += cost;
        next.settled.push(Settled {
            number: Some(number),
            inferred,
        });
        next
    }

    fn without(&self, need: Need, cost: f64) -> Self {
        let mut next = self.clone();
        if need == Need::Section {
            next.open.retain(|(l, _)| *l < 1);
            next.open.push((1, None));
        }
        next.cost += cost;
        next.settled.push(Settled {
            number: None,
            inferred: None,
        });
        next
    }

    /// Every number that a well-kept list could have here.
    fn expected(&self) -> Vec<Numbering> {
        let mut all: Vec<Numbering> = self
            .open
            .iter()
            .filter_map(|(_, n)| n.as_ref())
            .flat_map(Numbering::next)
            .collect();
        match self.open.last() {
            Some((_, Some(last))) => all.extend(last.first_below()),
            Some((_, None)) | None => all.extend(Numbering::first_of_all()),
        }
        all.extend(self.running.iter().flat_map(Numbering::next));
        all.sort_by(|a, b| a.text.cmp(&b.text));
        all.dedup();
        all
    }

    /// How badly `number` goes on from here: 0 for what a well-kept list would have.
    fn misfit(&self, number: &Numbering) -> f64 {
        let level = number.level();
        let above = self
            .open
            .iter()
            .rev()
            .find(|(l, _)| *l < level)
            .and_then(|(_, n)| n.as_ref());
        let orphan = match above {
            _ if number.is_plain() => 0.0,
            Some(above) if number.extends(above) || !above.is_plain() => 0.0,
            Some(above)
                if above.heads_a_section() && !number.text.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                0.0
            }
            _ => 0.9,
        };
        let sibling = self
            .open
            .iter()
            .find(|(l, _)| *l == level)
            .and_then(|(_, n)| n.as_ref());
        match sibling {
            Some(sibling) if number.is_in_list_of(sibling) => {
                if sibling.next().contains(number) {
                    0.0
                } else if number.ordinal() > sibling.ordinal() {
                    1.0 + 0.1 * f64::from((number.ordinal() - sibling.ordinal() - 1).min(10))
                } else {
                    2.0
                }
            }
            _ if number.ordinal() == 1 => match (self.open.is_empty(), above, level) {
                (true, _, _) | (_, Some(_), _) => orphan,
                (false, None, 0 | 1) => 0.8,
                (false, None, _) => orphan,
            },
            _ if self.running.as_ref().is_some_and(|r| r.next().contains(number)) && sibling.is_none() => 0.2,
            _ => 1.1 + orphan,
        }
    }
}

/// What it costs to believe that `want` was read as this; `None` when the ink says otherwise.
fn misreading(reading: &Reading, want: &str, literal_is_sound: bool) -> Option<f64> {
    let raw: String = reading.raw.chars().filter(|c| !c.is_whitespace()).collect();
    let raw = raw.trim_matches(|c| matches!(c, '.' | ')' | '(' | ':'));
    if raw.is_empty() {
        let scored =
            reading.need == Need::Criterion && reading.source == Source::Image && reading.others.is_empty();
        let other = reading
            .others
            .iter()
            .any(|o| Numbering::parse(o).is_some_and(|n| n.text == want));
        return if other { Some(0.3) } else { scored.then_some(1.1) };
    }
    if reading
        .others
        .iter()
        .any(|o| Numbering::parse(o).is_some_and(|n| n.text == want))
    {
        return Some(0.3);
    }
    // What another reader saw there may be a misreading of the same ink, too.
    let other = reading
        .others
        .iter()
        .map(|o| ink_distance(o.trim(), want, reading.source) + 0.3);
    let other = other.filter(|cost| *cost <= 0.5).fold(f64::MAX, f64::min);
    let cost = ink_distance(raw, want, reading.source).min(other);
    if cost <= 1.4 {
        return Some(cost);
    }
    // Letters that no list has, where the list proves what must stand there.
    (reading.source == Source::Image && !literal_is_sound && raw.chars().count() <= want.chars().count() + 2)
        .then_some(1.6)
}

/// Edit distance weighted by how alike the signs look on paper.
fn ink_distance(raw: &str, want: &str, source: Source) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (raw.chars().collect(), want.chars().collect());
    let mut row: Vec<f64> = vec![0.0];
    for c in &b {
        let last = row[row.len() - 1];
        row.push(last + lost(*c));
    }
    for c in &a {
        let mut next = vec![row[0] + lost(*c)];
        for (j, want) in b.iter().enumerate() {
            let put = row[j] + swapped(*c, *want, source);
            next.push(put.min(row[j + 1] + lost(*c)).min(next[j] + lost(*want)));
        }
        row = next;
    }
    row[b.len()]
}

fn is_stroke(c: char) -> bool {
    matches!(
        c,
        'I' | 'l' | '1' | '|' | '!' | 'i' | 'Ì' | 'Í' | 'ì' | 'í' | 'Ị' | 'ị' | '[' | ']' | 't' | 'j' | 'J'
    )
}

/// The cost of a sign that was lost or added.
fn lost(c: char) -> f64 {
    match c {
        '.' | ',' => 0.7,
        c if !c.is_alphanumeric() => 0.1,
        c if is_stroke(c) => 0.9,
        _ => 9.0,
    }
}

fn swapped(read: char, want: char, source: Source) -> f64 {
    if read == want {
        return 0.0;
    }
    if is_stroke(read) && is_stroke(want) {
        return 0.1;
    }
    if matches!((read, want), (',' | ':' | ';' | '-' | '·', '.')) {
        return 0.1;
    }
    let letters = [
        ('O', '0'),
        ('o', '0'),
        ('S', '5'),
        ('s', '5'),
        ('B', '8'),
        ('Z', '2'),
        ('z', '2'),
        ('g', '9'),
        ('q', '9'),
        ('b', '6'),
        ('ó', '6'),
        ('A', '4'),
        ('?', '7'),
        ('Y', 'V'),
        ('v', 'V'),
        ('x', 'X'),
        ('Đ', 'D'),
        ('à', 'a'),
        ('á', 'a'),
        ('ạ', 'a'),
        ('e', 'c'),
        ('o', 'c'),
    ];
    if letters.contains(&(read, want)) {
        return 0.3;
    }
    let digits = [
        ('3', '8'),
        ('1', '7'),
        ('5', '6'),
        ('0', '6'),
        ('0', '8'),
        ('6', '8'),
        ('1', '4'),
        ('4', '7'),
        ('0', '9'),
        ('3', '5'),
        ('2', '7'),
    ];
    let alike = digits
        .iter()
        .any(|(a, b)| (*a, *b) == (read, want) || (*b, *a) == (read, want));
    if alike && source == Source::Image {
        0.8
    } else {
        9.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settled(raws: &[&str], source: Source) -> Vec<(String, bool)> {
        let readings: Vec<Reading> = raws
            .iter()
            .map(|raw| Reading {
                raw: (*raw).to_owned(),
                others: Vec::new(),
                source,
                need: Need::Criterion,
            })
            .collect();
        settle(&readings)
            .into_iter()
            .map(|s| {
                (
                    s.number.map_or_else(String::new, |n| n.text),
                    s.inferred.is_some(),
                )
            })
            .collect()
    }

    fn check(raws: &[&str], expect: &[&str]) {
        let got = settled(raws, Source::Image);
        let numbers: Vec<&str> = got.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(numbers, expect, "{raws:?}");
        for ((number, inferred), raw) in got.iter().zip(raws) {
            let as_read = Numbering::parse(raw).is_some_and(|n| n.text == *number) || number.is_empty();
            assert_eq!(*inferred, !as_read, "{raw:?} became {number:?} and must say so");
        }
    }

    #[test]
    fn what_was_read_stands_while_it_can() {
        check(&["I", "1", "2", "II", "1", "2"], &["I", "1", "2", "II", "1", "2"]);
        check(&["1", "1.1", "1.2", "2", "2.1"], &["1", "1.1", "1.2", "2", "2.1"]);
        check(&["II", "1", "2", "3"], &["II", "1", "2", "3"]);
        check(
            &["A", "I", "1", "a", "b", "2", "II", "1", "B", "I"],
            &["A", "I", "1", "a", "b", "2", "II", "1", "B", "I"],
        );
        check(&["I", "1", "2", "II", "3", "4"], &["I", "1", "2", "II", "3", "4"]);
        // Skips and repeats of the document itself are no misreadings.
        check(
            &["3", "3.8", "3.9", "3.11", "3.12"],
            &["3", "3.8", "3.9", "3.11", "3.12"],
        );
        check(
            &["7", "7.1", "7.2", "7.2", "8", "8.1"],
            &["7", "7.1", "7.2", "7.2", "8", "8.1"],
        );
    }

    #[test]
    fn strokes_are_told_apart_by_the_sequence() {
        check(
            &["1", "1", "2", "3", "II", "1", "2"],
            &["I", "1", "2", "3", "II", "1", "2"],
        );
        check(&["l", "1", "2", "II", "1"], &["I", "1", "2", "II", "1"]);
        check(
            &["I", "1", "2", "3", "11", "1", "2"],
            &["I", "1", "2", "3", "II", "1", "2"],
        );
        check(
            &["I", "1", "2", "3", "I", "1", "2"],
            &["I", "1", "2", "3", "II", "1", "2"],
        );
        check(
            &["I", "l", "2", "3", "II", "Ì", "2"],
            &["I", "1", "2", "3", "II", "1", "2"],
        );
        check(
            &["I", "1", "II", "1", "Ill", "1", "1V", "1"],
            &["I", "1", "II", "1", "III", "1", "IV", "1"],
        );
        check(
            &["1", "1,1", "1.2", "2", "21", "2.2"],
            &["1", "1.1", "1.2", "2", "2.1", "2.2"],
        );
        check(&["I", "1", "2", "8", "4", "5"], &["I", "1", "2", "3", "4", "5"]);
        check(&["I", "1", "2", "", "4", "5"], &["I", "1", "2", "3", "4", "5"]);
        check(&["I", "1", "2", "~w%", "4", "5"], &["I", "1", "2", "3", "4", "5"]);
    }

    #[test]
    fn what_two_readers_agree_on_outweighs_a_letter_that_no_list_has() {
        let reading = |raw: &str, others: &[&str], source| Reading {
            raw: raw.to_owned(),
            others: others.iter().map(|o| (*o).to_owned()).collect(),
            source,
            need: Need::Criterion,
        };
        let readings = [
            reading("I", &["l"], Source::Agreed),
            reading("h", &["l", "b"], Source::Image),
            reading("2", &[], Source::Agreed),
            reading("3", &[], Source::Agreed),
            reading("I", &["H"], Source::Image),
            reading("1", &["|"], Source::Image),
            reading("2", &[], Source::Agreed),
        ];
        let numbers: Vec<String> = settle(&readings)
            .into_iter()
            .filter_map(|s| s.number)
            .map(|n| n.text)
            .collect();
        assert_eq!(numbers, ["I", "1", "2", "3", "II", "1", "2"]);
    }

    #[test]
    fn digits_of_a_text_are_never_changed() {
        let got = settled(&["I", "1", "2", "8", "4", "5"], Source::Text);
        assert_eq!(got[3], ("8".to_owned(), false));
    }

    #[test]
    fn another_readers_number_is_believed_when_it_fits() {
        let mut readings: Vec<Reading> = ["1", "2", "8", "4"]
            .map(|raw| Reading {
                raw: raw.to_owned(),
                others: Vec::new(),
                source: Source::Image,
                need: Need::Criterion,
            })
            .to_vec();
        readings[2].others.push("3".to_owned());
        let got = settle(&readings);
        assert_eq!(got[2].number.as_ref().map(|n| n.text.as_str()), Some("3"));
        assert!(got[2].inferred.is_some());
    }

    proptest! {
        /// A list that is in order is never touched, whatever its shape.
        #[test]
        fn a_list_in_order_is_left_alone(sections in prop::collection::vec(prop::collection::vec(0usize..4, 1..6), 1..5)) {
            let roman = ["I", "II", "III", "IV", "V"];
            let mut raws = Vec::new();
            for (s, criteria) in sections.iter().enumerate() {
                raws.push(roman[s].to_owned());
                for (c, subs) in criteria.iter().enumerate() {
                    raws.push((c + 1).to_string());
                    raws.extend((1..=*subs).map(|n| format!("{}.{n}", c + 1)));
                }
            }
            let refs: Vec<&str> = raws.iter().map(String::as_str).collect();
            for source in [Source::Text, Source::Image] {
                let got: Vec<String> = settled(&refs, source).into_iter().map(|(n, _)| n).collect();
                prop_assert_eq!(&got, &raws);
            }
        }
    }
}
