//! The room speaks the language of its user.

use estoppel::Language;

/// Says a thing in the one language or the other.
pub(crate) trait Say {
    fn say<T>(self, en: T, zh: T) -> T;
}

impl Say for Language {
    fn say<T>(self, en: T, zh: T) -> T {
        match self {
            Language::En => en,
            Language::Zh => zh,
        }
    }
}

/// The language that the environment asks for, the first of `LC_ALL`, `LC_MESSAGES`
/// and `LANG` that is set.
pub(crate) fn of_environment() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    of_locale(&set.unwrap_or_default())
}

fn of_locale(locale: &str) -> Language {
    if locale.starts_with("zh") {
        Language::Zh
    } else {
        Language::En
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_locales_speak_chinese() {
        for locale in ["zh_CN.UTF-8", "zh_TW", "zh"] {
            assert_eq!(of_locale(locale), Language::Zh);
        }
        for locale in ["", "C", "en_GB.UTF-8", "de_DE"] {
            assert_eq!(of_locale(locale), Language::En);
        }
        assert_eq!(Language::Zh.say("ready", "就绪"), "就绪");
    }
}
