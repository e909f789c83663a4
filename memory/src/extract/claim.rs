//! What a speaker says that he did or didn't do, in acts that people dispute:
//! agreed to, known of, been told, recorded, handed over.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::pattern::pattern;

/// An act that a speaker claims or denies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Claim {
    /// It was, or was not, agreed to.
    Agreed {
        /// Whether it was not.
        denied: bool,
    },
    /// It was, or was not, signed.
    Signed {
        /// Whether it was not.
        denied: bool,
    },
    /// It was, or was not, known of.
    Knew {
        /// Whether it was not.
        denied: bool,
    },
    /// The speaker was, or was not, told by somebody.
    Told {
        /// Whether he was not.
        denied: bool,
    },
    /// It was, or was not, recorded.
    Recorded {
        /// Whether it was not.
        denied: bool,
    },
    /// A thing was handed over, and how.
    Handed {
        /// Which thing.
        thing: String,
        /// How.
        means: Means,
    },
}

/// How a thing changes hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// From hand to hand.
    InPerson,
    /// By post or courier.
    Posted,
    /// Left somewhere.
    Left,
}

impl Claim {
    /// Whether two claims cannot both be true, as far as they are of the same thing.
    pub fn opposes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Agreed { denied: a }, Self::Agreed { denied: b })
            | (Self::Signed { denied: a }, Self::Signed { denied: b })
            | (Self::Knew { denied: a }, Self::Knew { denied: b })
            | (Self::Told { denied: a }, Self::Told { denied: b })
            | (Self::Recorded { denied: a }, Self::Recorded { denied: b }) => a != b,
            (
                Self::Handed {
                    thing: a,
                    means: by,
                },
                Self::Handed {
                    thing: b,
                    means: otherwise,
                },
            ) => a == b && by != otherwise,
            _ => false,
        }
    }

    /// How much the passages around this claim and an opposed one must share, in
    /// rare words, to be of the same thing. A thing handed over is named in the
    /// claim itself; who denies that he ever agreed, denies it of anything.
    pub(crate) fn needs(&self, other: &Self) -> f32 {
        match (self, other) {
            (Self::Handed { .. }, _) => 0.0,
            (Self::Agreed { .. }, Self::Agreed { .. }) => 0.3,
            _ => 0.8,
        }
    }
}

/// An act with the words that claim and those that deny it.
struct Words {
    denies: Regex,
    affirms: Regex,
    claim: fn(bool) -> Claim,
}

static ACTS: LazyLock<[Words; 5]> = LazyLock::new(|| {
    let words = |denies: &str, affirms: &str, claim| Words {
        denies: pattern(denies),
        affirms: pattern(affirms),
        claim,
    };
    [
        words(
            r"(?i)\b(?:I|we)(?:['’]ve| have| had)? (?:never|not once)(?: once)? (?:agreed|accepted|consented|said (?:yes|it was (?:okay|ok|fine|all right)|that was (?:okay|fine)))|\b(?:I|we) (?:didn['’]t|did not|haven['’]t|have not) (?:agree|agreed|accept|accepted|consent|consented)\b|我们?[就也还真都又曾是自己当时已经后来那天今昨从来一直亲口手在机]{0,8}(?:没有?|从来没有?|从没|从未)(?:答应|同意|点头|松口)",
            r"(?i)\b(?:I|we)(?:['’]d| had| did| have|['’]ve)? (?:agreed|accepted|consented|said yes|gave (?:him|her|them) (?:permission|the go-ahead))\b|\b(?:I|we)(?: did)? (?:tell|told|say|said)\b[^.!?;]{0,30}\b(?:okay|ok|quite happy|happy (?:for|with)|fine (?:by|with)|all right|go ahead)\b|我们?[就也还真都又曾是自己当时已经后来那天今昨从来一直亲口手在机]{0,8}(?:答应了|同意了|点了头|点头了|说行|说可以)|(?:答应了|同意了)他",
            |denied| Claim::Agreed { denied },
        ),
        words(
            r"(?i)\b(?:I|we)(?:['’]ve| have| had)? never(?: once)? signed|\b(?:I|we) (?:didn['’]t|did not|haven['’]t|have not) sign|我们?[就也还真都又曾是自己当时已经后来那天今昨从来一直亲口手在机]{0,8}(?:没有?|从没|从未)签过?",
            r"(?i)\b(?:I|we)(?:['’]d| had| did| have|['’]ve)? sign(?:ed)?\b|我们?[就也还真都又曾是自己当时已经后来那天今昨从来一直亲口手在机]{0,8}签(?:了|的|过)|(?:手机|网上|电子)签的",
            |denied| Claim::Signed { denied },
        ),
        words(
            r"(?i)\b(?:I|we) (?:knew nothing|had no idea|didn['’]t know|did not know|hadn['’]t heard|never heard|wasn['’]t aware|was not aware|had never (?:seen|heard)|never (?:saw|knew|read))\b|我们?[就也还真都又曾是自己当时已经后来那天今昨从来一直亲口手在机]{0,8}(?:不知道|不知情|没听说|没见过|没看过|毫不知情|从不知道|一无所知)",
            r"(?i)\b(?:I|we)(?:['’]d| had| did)? (?:knew|known|already knew|read it|saw it|seen it|heard (?:about|of) it|been aware)\b|\b(?:remember|recall) (?:reading|seeing|hearing|getting|opening)\b|我们?[就也还真都又曾是自己当时已经后来那天今昨从来一直亲口手在机]{0,8}(?:早就知道|早知道|知道这|看到过|看过|见过|听说过|收到过|读过)|记得(?:看|读|收|听)",
            |denied| Claim::Knew { denied },
        ),
        words(
            r"(?i)\b(?:nobody|no one|not one|none of (?:them|the \w+))\b[^.!?,;]{0,40}\b(?:rang|called|phoned|told|texted|emailed|contacted|warned|informed)(?: me| us)?\b|(?:没有?一?个?人|谁也没有?|谁都没有?|从来没有?人)[^,，。]{0,6}(?:打过?电话|通知|告诉|联系|说过|提醒)",
            r"(?i)\b(?:had |did )?(?:phoned?|rang|ring|called?|texted?|emailed|told|warned|informed) (?:me|us)\b|给我们?打过?了?(?:个|一个)?电话|(?:通知|告诉|联系|提醒)过?了?我们?",
            |denied| Claim::Told { denied },
        ),
        words(
            r"(?i)\b(?:didn['’]t|did not|haven['’]t|never|no one) (?:film|filmed|record|recorded|video|videoed)\b|\b(?:no|isn['’]t any|wasn['’]t any) (?:video|recording|footage)\b|没有?(?:录像|录音|录视频|拍视频|录下来|录$|录,)",
            r"(?i)\b(?:I|we)(?:['’]ve| have| had)?(?: got)? (?:filmed|recorded|videoed|it on (?:video|tape|film)|a (?:video|recording))\b|(?:视频|录像|录音)我?有的?|有(?:完整的?)?(?:开箱)?(?:视频|录像|录音)|录了(?:像|音|下来|视频)|一镜到底",
            |denied| Claim::Recorded { denied },
        ),
    ]
});

/// Supposes, asks or looks ahead: claims nothing.
static OPEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:if|would|could|should|might|will|whether|going to)\b|\?|？|吗|呢$|如果|要是|会不会|是否|怎么|能不能|可以吗",
    )
});

static THINGS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:keys?|fobs?|log ?book|passports?|documents?|papers|paperwork|certificate|contract|receipts?|laptop|phone|cash|cheque|ring|badge|swipe card|pass)\b|",
        r"钥匙|门禁卡|门卡|行驶证|驾驶证|驾照|房产证|户口本|身份证|证件|材料|原件|合同|收据|借条|欠条|现金|手机|电脑|发票|公章|戒指|首饰|工牌"
    ))
});

static MEANS: LazyLock<[(Regex, Means); 3]> = LazyLock::new(|| {
    [
        (
            pattern(
                r"(?i)\b(?:I|we)\b[^.!?;]{0,40}\b(?:in(?:to)? (?:the|by) post|posted|mailed|couriered|recorded delivery|second class|first class)\b|我?[^。]{0,20}(?:寄给|寄过去|寄了|邮寄|快递给|平邮|挂号信)",
            ),
            Means::Posted,
        ),
        (
            pattern(
                r"(?i)\b(?:I|we)\b[^.!?;]{0,60}\b(?:through (?:the|his|her|their) (?:letterbox|letter box|mail slot)|left (?:it|them|the \w+) (?:with|at|on|in|under)|dropped (?:it|them|the \w+) off)\b|(?:放在|放到|放进|留在|搁在|丢在|塞进)",
            ),
            Means::Left,
        ),
        (
            pattern(
                r"(?i)\b(?:I|we)\b[^.!?;]{0,30}\b(?:handed|gave (?:him|her|them|it|\p{Lu}\w+)|put (?:it|them) (?:in|into) \S+ hands?|in person)\b|当面|亲手|(?:交给|递给|交到)",
            ),
            Means::InPerson,
        ),
    ]
});

/// The claims of a clause; a thing that is handed over may be named in the
/// sentence before the pronoun.
pub(super) fn claims(clause: &str, sentence: &str) -> Vec<Claim> {
    if OPEN.is_match(clause) {
        return Vec::new();
    }
    let mut claims = Vec::new();
    for act in ACTS.iter() {
        if act.denies.is_match(clause) {
            claims.push((act.claim)(true));
        } else if act.affirms.is_match(clause) {
            claims.push((act.claim)(false));
        }
    }
    let means = MEANS.iter().find(|(words, _)| words.is_match(clause));
    if let Some((_, means)) = means {
        let named: Vec<&str> = match THINGS.is_match(clause) {
            true => THINGS.find_iter(clause).map(|m| m.as_str()).collect(),
            false => THINGS.find_iter(sentence).map(|m| m.as_str()).collect(),
        };
        claims.extend(named.into_iter().map(|thing| Claim::Handed {
            thing: thing.to_lowercase().trim_end_matches('s').replace(' ', ""),
            means: *means,
        }));
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(clause: &str) -> Vec<Claim> {
        claims(clause, clause)
    }

    #[test]
    fn opposed_claims_are_told() {
        for (a, b) in [
            ("I never agreed to the extension", "I told him it was okay"),
            (
                "I had no idea they were selling",
                "I remember reading the notice",
            ),
            ("nobody called me", "the manager called me that night"),
            ("我没同意他转租", "我当时同意了"),
            ("没有一个人给我打过电话", "店长给我打过电话"),
            ("没录像", "视频我有"),
            ("I handed her the keys", "I left the keys with the porter"),
            ("钥匙当面交给他了", "钥匙放在前台了"),
        ] {
            let (a, b) = (read(a), read(b));
            let opposed = a.iter().any(|x| b.iter().any(|y| x.opposes(y)));
            assert!(opposed, "{a:?} {b:?}");
        }
    }

    #[test]
    fn questions_claim_nothing() {
        for text in [
            "what if I agreed to it",
            "你同意了吗",
            "I handed in my notice",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }
}
