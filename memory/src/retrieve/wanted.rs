//! What a question asks for, as far as its wording tells.

use std::sync::LazyLock;

use regex::Regex;

use crate::fact::Value;
use crate::turn::Role;

/// The kinds of value that would answer a question, and who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// A date or a length of time.
    pub time: bool,
    /// Money, a share or a quantity.
    pub amount: bool,
    /// Whose words are asked for: counsel's only where the question says so.
    pub said_by: Role,
}

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\bwhen\b|\bhow (?:long|soon|old)\b|\b(?:what|which) (?:date|day|time|week|month|year)\b",
        r"|\b(?:date|deadline)\b|何时|什么时候|什麼時候|什么时间|多久|多长时间|哪天|哪一天|几号|几月|几点|哪年|日期|期限",
    ))
    .expect("the pattern is valid")
});

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\bhow (?:much|many)\b|\b(?:amount|total|sum|price|cost|percentage|rate|fee)s?\b",
        r"|多少|几个|几人|几元|几块|金额|总共|一共|总额|合计|价格|费用|比例",
    ))
    .expect("the pattern is valid")
});

static COUNSEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b(?:did|have|had|do|would) you (?:\w+ )?",
        r"(?:say|said|suggest|advise|recommend|mention|explain|tell|told|give|gave|call)",
        r"|\byou (?:\w+ )?(?:said|suggested|advised|recommended|mentioned|explained|told me|gave me)\b",
        r"|\byour (?:advice|suggestion|recommendation)\b",
        r"|(?:^|[^跟和对向给同])[您你](?:刚才|之前|上次|前面|当时)?(?:说|建议|提到|讲|告诉|推荐)|[您你]的(?:建议|意见)",
    ))
    .expect("the pattern is valid")
});

/// What a question's wording asks for, finer than [`Wanted`]: hints for the network.
pub(super) const WORDINGS: usize = 7;

static WORDING: LazyLock<[Regex; WORDINGS]> = LazyLock::new(|| {
    [
        r"(?i)\bwho(?:m|se)?\b|谁|哪位|什么人|何人",
        r"(?i)\bwhere\b|\b(?:what|which) (?:place|city|country|town|street|address)\b|哪里|哪儿|何处|什么地方|哪个城市|地址",
        r"(?i)\bwhy\b|\breasons?\b|\bhow come\b|为什么|为何|怎么会|原因",
        r"(?i)\bhow\b|怎么|怎样|如何",
        r"(?i)\b(?:what|which)\b|什么|哪",
        r"(?i)^(?:\W*\w+,)?\W*(?:is|are|am|was|were|do|does|did|has|have|had|can|could|will|would|should)\b|吗|是否|有没有|是不是|对不对",
        r"(?i)\b(?:all|list|both|each|every|various|different)\b|\w(?:ies|ches|shes|ses|[^su]s)\b.*\?|哪些|分别|各|都有",
    ]
    .map(|pattern| Regex::new(pattern).expect("the pattern is valid"))
});

/// Which of the wordings a question has: who, where, why, how, what, whether, and
/// words for several things.
pub(super) fn wording(question: &str) -> [bool; WORDINGS] {
    std::array::from_fn(|at| WORDING[at].is_match(question))
}

impl Wanted {
    /// Reads a question's wording.
    pub fn of(question: &str) -> Self {
        Self {
            time: TIME.is_match(question),
            amount: AMOUNT.is_match(question),
            said_by: if COUNSEL.is_match(question) {
                Role::Counsel
            } else {
                Role::Client
            },
        }
    }

    /// Whether a value is of a wanted kind.
    pub fn is(self, value: &Value) -> bool {
        match value {
            Value::Date { .. } | Value::Duration { .. } => self.time,
            Value::Money { .. } | Value::Percent { .. } | Value::Quantity { .. } => self.amount,
            Value::Identifier { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::fact::TimeUnit;

    #[test]
    fn wording_tells_the_kind() {
        let time = Value::Duration {
            count: Decimal::from(3),
            unit: TimeUnit::Week,
        };
        let money = Value::Money {
            amount: Decimal::from(2500),
            currency: None,
        };
        for (question, is_time, is_amount) in [
            ("When did I move in?", true, false),
            ("How much was the deposit?", false, true),
            ("押金是多少？", false, true),
            ("我什么时候搬进来的？", true, false),
            ("Who is the landlord?", false, false),
        ] {
            let wanted = Wanted::of(question);
            assert_eq!(
                (wanted.is(&time), wanted.is(&money)),
                (is_time, is_amount),
                "{question}"
            );
        }
    }

    #[test]
    fn counsel_is_asked_about_only_when_named() {
        for (question, said_by) in [
            ("How long did you say I had?", Role::Counsel),
            ("What did you originally advise?", Role::Counsel),
            ("What have I told you about the rent?", Role::Client),
            ("您建议我怎么办？", Role::Counsel),
            ("我跟您说的押金是多少？", Role::Client),
        ] {
            assert_eq!(Wanted::of(question).said_by, said_by, "{question}");
        }
    }
}
