//! What the reader goes by beside a language model: where that looks, and what the reader has learnt
//! from it.

use std::sync::LazyLock;

use estoppel_model::Pointer;

use super::weigh::Weights;

/// A pointer, and weights that were learnt beside it. Each is for language models of one shape.
#[derive(Clone, Debug)]
pub(crate) struct Guide {
    pub(crate) pointer: Pointer,
    pub(crate) weights: Weights,
}

impl Guide {
    /// Those that come with the program, that of the default language model first.
    pub(crate) fn shipped() -> &'static [Self] {
        static SHIPPED: LazyLock<[Guide; 2]> = LazyLock::new(|| {
            [
                Guide::read(
                    include_bytes!("../../weights/qwen2.5-coder-1.5b.safetensors"),
                    include_str!("../../weights/qwen2.5-coder-1.5b.json"),
                ),
                Guide::read(
                    include_bytes!("../../weights/qwen2.5-coder-0.5b.safetensors"),
                    include_str!("../../weights/qwen2.5-coder-0.5b.json"),
                ),
            ]
        });
        &*SHIPPED
    }

    /// Another pointer, with the weights that come with the program for models of its shape, or else
    /// for the default language model.
    pub(crate) fn with(pointer: Pointer) -> Self {
        let shipped = Self::shipped();
        let alike = shipped
            .iter()
            .find(|guide| guide.pointer.has_shape_of(&pointer));
        Self {
            weights: alike.unwrap_or(&shipped[0]).weights.clone(),
            pointer,
        }
    }

    fn read(pointer: &[u8], weights: &str) -> Self {
        Self {
            pointer: Pointer::read(pointer)
                .expect("the pointer that comes with the program is read"),
            weights: Weights::read(weights),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_goes_with_the_weights_of_its_shape() {
        for guide in Guide::shipped() {
            let other = Guide::with(guide.pointer.clone());
            assert_eq!(other.weights, guide.weights);
        }
    }
}
