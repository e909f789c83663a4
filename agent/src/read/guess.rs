//! What a question is for and what form its answer has.

use super::ask::{Ask, Wanted, asks_for_last_day};
use super::choose::Kind;
use super::conflict::in_doubt;
use super::desk::flag;
use super::form::Form;
use super::manner::Manner;
use super::pointing::{QuestionClasses, in_nats};
use super::purpose::Purpose;
use super::weigh::{AMENDS, Features, LATE, Row, TURN_CORRECTS, Weights};

/// How likely each purpose and form is, and each manner in which the answer may come of what was
/// told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Guess {
    /// The purpose that the wording tells.
    worded: Purpose,
    purposes: [f32; Purpose::ALL.len()],
    forms: [f32; Form::ALL.len()],
    manners: [f32; Manner::ALL.len()],
    /// What the pointer takes the question for.
    classes: QuestionClasses,
}

impl Guess {
    /// By the question's wording, its vector and what the pointer takes it for, if there is
    /// one, and by weights learnt beside it; by the wording alone where there is no vector.
    pub(crate) fn of(
        ask: &Ask,
        question: &str,
        vector: &[f32],
        classes: Option<QuestionClasses>,
        weights: &Weights,
    ) -> Self {
        if vector.is_empty() {
            return Self::by_wording(ask, question);
        }
        let input = input(ask, question, vector, classes);
        let mut guess = Self::by_wording(ask, question);
        guess
            .purposes
            .copy_from_slice(&weights.purposes.shares(&input));
        guess.forms.copy_from_slice(&weights.forms.shares(&input));
        guess
            .manners
            .copy_from_slice(&weights.manners.shares(&input));
        guess.classes = classes.unwrap_or_default();
        guess
    }

    /// By the question's wording alone.
    pub(crate) fn by_wording(ask: &Ask, question: &str) -> Self {
        let purpose = match ask.wanted {
            Wanted::Span => Purpose::Between,
            _ if asks_for_last_day(question) => Purpose::LastDay,
            _ if ask.reckons => Purpose::Reckoning,
            _ if ask.several => Purpose::Several,
            _ if in_doubt(ask, question) => Purpose::Accounts,
            _ if ask.in_the_end => Purpose::Current,
            _ => Purpose::One,
        };
        let forms: &[Form] = match ask.wanted {
            Wanted::Date => &[Form::Value(Kind::Date)],
            Wanted::Span | Wanted::Duration => &[Form::Value(Kind::Duration)],
            Wanted::Money => &[Form::Value(Kind::Money)],
            Wanted::Percent => &[Form::Value(Kind::Percent)],
            Wanted::Identifier => &[Form::Value(Kind::Identifier)],
            Wanted::Amount => &[
                Form::Value(Kind::Quantity),
                Form::Value(Kind::Money),
                Form::Value(Kind::Percent),
                Form::Value(Kind::Duration),
            ],
            Wanted::Name | Wanted::Whether | Wanted::Open => &[Form::Words],
        };
        Self::known(purpose, forms)
    }

    /// One purpose, and forms as likely as each other, as are manners that go with the purpose.
    pub(crate) fn known(purpose: Purpose, forms: &[Form]) -> Self {
        let share = 1.0 / forms.len().max(1) as f32;
        Self {
            worded: purpose,
            purposes: Purpose::ALL.map(|other| flag(other == purpose)),
            forms: Form::ALL.map(|form| if forms.contains(&form) { share } else { 0.0 }),
            manners: purpose.manners(),
            classes: QuestionClasses::default(),
        }
    }

    /// By how likely each is, in order.
    pub(crate) fn learnt(
        purposes: &[f32],
        forms: &[f32],
        manners: &[f32],
        classes: QuestionClasses,
    ) -> Option<Self> {
        Some(Self {
            worded: Purpose::One,
            purposes: purposes.try_into().ok()?,
            forms: forms.try_into().ok()?,
            manners: manners.try_into().ok()?,
            classes,
        })
    }

    /// How likely each purpose, each form and each class is.
    pub(crate) fn shares(&self) -> impl Iterator<Item = f32> {
        let read = self.purposes.into_iter().chain(self.forms);
        read.chain(self.classes.shares())
    }

    /// How likely so many turns answer, as far as the pointer tells.
    pub(crate) fn count(&self, turns: usize) -> f32 {
        self.classes.count(turns)
    }

    /// How likely the answer comes of what was told in this manner.
    pub(crate) fn manner(&self, manner: Manner) -> f32 {
        self.manners[manner.place()]
    }

    /// The likeliest purpose; the one that the wording tells, if it is likely at all; and that
    /// there may be two accounts before that is, for one of them would be half an answer.
    pub(crate) fn purpose(&self) -> Purpose {
        const AT_ALL: f32 = 0.2;
        const SOMEWHAT: f32 = 0.1;
        let share = |purpose| self.share(purpose);
        let (one, current) = (share(Purpose::One), self.current());
        let likeliest = Purpose::ALL[likeliest(&self.purposes)];
        let told = !matches!(self.worded, Purpose::One | Purpose::Current);
        if self.worded == Purpose::Accounts || share(Purpose::Accounts) >= SOMEWHAT {
            Purpose::Accounts
        } else if told && share(self.worded) >= AT_ALL {
            self.worded
        } else if one + current < share(likeliest) {
            likeliest
        } else if one >= current {
            Purpose::One
        } else {
            Purpose::Current
        }
    }

    /// The same of a question that is one of several of a message: it asks for one thing.
    pub(crate) fn of_a_part(mut self) -> Self {
        const NOT: [Purpose; 2] = [Purpose::Several, Purpose::Accounts];
        if NOT.contains(&self.worded) {
            self.worded = Purpose::One;
        }
        for (share, purpose) in self.purposes.iter_mut().zip(Purpose::ALL) {
            if NOT.contains(&purpose) {
                *share = 0.0;
            }
        }
        let all: f32 = self.purposes.iter().sum();
        if all > 0.0 {
            self.purposes.iter_mut().for_each(|share| *share /= all);
        }
        self
    }

    /// The likeliest form.
    pub(crate) fn form(&self) -> Form {
        Form::ALL[likeliest(&self.forms)]
    }

    /// How likely the answer is a value of this kind.
    pub(crate) fn of_kind(&self, kind: Kind) -> f32 {
        let same = |form: &Form| *form == Form::Value(kind);
        let place = Form::ALL.iter().position(same);
        place.map_or(0.0, |place| self.forms[place])
    }

    /// How likely what holds after all changes is asked for.
    pub(crate) fn current(&self) -> f32 {
        self.share(Purpose::Current)
    }

    /// How likely the question is for this.
    pub(crate) fn share(&self, purpose: Purpose) -> f32 {
        let place = Purpose::ALL.iter().position(|other| *other == purpose);
        place.map_or(0.0, |place| self.purposes[place])
    }

    /// What is known of a sentence that tells values of these kinds.
    pub(crate) fn row(&self, features: &Features, kinds: impl Iterator<Item = Kind>) -> Row {
        let of_kind = kinds.map(|kind| self.of_kind(kind)).fold(0.0, f32::max);
        let current = [AMENDS, LATE, TURN_CORRECTS].map(|at| features[at] * self.current());
        let all = [&features[..], &[of_kind], &current].concat();
        all.try_into().expect("as many as a row has")
    }

    /// The likeliest form, but words where that is not sure and the wording asks for a name or
    /// whether something is so, or several things are asked for.
    pub(crate) fn form_beside(&self, ask: &Ask) -> Form {
        const SURE: f32 = 0.6;
        let by_words = matches!(ask.wanted, Wanted::Name | Wanted::Whether)
            || self.purpose() == Purpose::Several;
        match self.form() {
            Form::Value(kind) if by_words && self.of_kind(kind) < SURE => Form::Words,
            form => form,
        }
    }
}

fn likeliest(shares: &[f32]) -> usize {
    let places = 0..shares.len();
    places
        .max_by(|a, b| shares[*a].total_cmp(&shares[*b]).then(b.cmp(a)))
        .unwrap_or_default()
}

/// What a guess is made from: the question's vector, what its wording tells, what the pointer
/// takes it for, and last its letters.
pub(crate) fn input(
    ask: &Ask,
    question: &str,
    vector: &[f32],
    classes: Option<QuestionClasses>,
) -> Vec<f32> {
    const WANTED: [Wanted; 10] = [
        Wanted::Date,
        Wanted::Span,
        Wanted::Duration,
        Wanted::Money,
        Wanted::Percent,
        Wanted::Amount,
        Wanted::Identifier,
        Wanted::Name,
        Wanted::Whether,
        Wanted::Open,
    ];
    let wording = [
        ask.several,
        ask.history,
        ask.in_the_end,
        ask.role_will_do,
        ask.reckons,
        ask.said_by == estoppel_memory::Role::Counsel,
        asks_for_last_day(question),
        in_doubt(ask, question),
    ];
    let wanted = WANTED.map(|wanted| flag(ask.wanted == wanted));
    vector
        .iter()
        .copied()
        .chain(wanted)
        .chain(wording.map(flag))
        .chain(classes.iter().flat_map(|c| c.shares().map(in_nats)))
        .chain(letters(question))
        .collect()
}

/// How many places the runs of letters of a question are strewn over.
pub(crate) const LETTERS: usize = 1024;

/// The runs of one to four letters of a question's words, a Chinese sentence being one,
/// strewn over places by their hash (Weinberger et al., 2009, arXiv:0902.2206).
fn letters(question: &str) -> Vec<f32> {
    /// As much as other inputs weigh together.
    const LENGTH: f32 = 20.0;
    const LONGEST: usize = 4;
    let mut places = vec![0.0f32; LETTERS];
    for word in question.to_lowercase().split_whitespace() {
        let word: Vec<char> = format!(" {word} ").chars().collect();
        for length in 1..=LONGEST {
            for run in word.windows(length) {
                let hash = hash(run);
                let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
                places[(hash >> 20) as usize % LETTERS] += sign;
            }
        }
    }
    let length = places.iter().map(|x| x * x).sum::<f32>().sqrt().max(1.0);
    places.into_iter().map(|x| x * LENGTH / length).collect()
}

/// FNV-1a, of letters in UTF-8, and mixed so that each bit counts in each.
fn hash(letters: &[char]) -> u64 {
    let mut buffer = [0; 4];
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for letter in letters {
        for byte in letter.encode_utf8(&mut buffer).bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_vector_the_wording_decides() {
        for (question, purpose, form) in [
            (
                "When was the viewing?",
                Purpose::One,
                Form::Value(Kind::Date),
            ),
            (
                "How much was the deposit?",
                Purpose::One,
                Form::Value(Kind::Money),
            ),
            (
                "How many days after the crash did I see a doctor?",
                Purpose::Between,
                Form::Value(Kind::Duration),
            ),
            ("Did I ever sign the lease?", Purpose::Accounts, Form::Words),
            (
                "押金和租金一共多少钱?",
                Purpose::Reckoning,
                Form::Value(Kind::Money),
            ),
            ("最晚哪天要起诉?", Purpose::LastDay, Form::Value(Kind::Date)),
        ] {
            let guess = Guess::of(&Ask::of(question), question, &[], None, Weights::blind());
            assert_eq!(
                (guess.purpose(), guess.form()),
                (purpose, form),
                "{question}"
            );
        }
    }

    #[test]
    fn a_part_of_a_message_asks_for_one_thing() {
        let several = Guess::known(Purpose::Several, &[]);
        assert_eq!(several.of_a_part().purpose(), Purpose::One);
        let between = Guess::known(Purpose::Between, &[]);
        assert_eq!(between.clone().of_a_part(), between);
    }
}
