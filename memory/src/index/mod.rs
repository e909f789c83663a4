//! Finding turns: by words (BM25) and by meaning (dense vectors).
