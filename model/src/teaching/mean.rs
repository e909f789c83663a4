//! The mean of pointers that were taught apart.

use std::collections::HashMap;

use candle_core::{DType, Device, Error, Tensor, safetensors};

use super::{TeachError, ensure, written};

/// The mean, tensor by tensor, of the files of pointers that went on from the same one with
/// different lessons: what they have learnt lies near enough to be added up (model soups, Wortsman
/// et al., 2022, arXiv:2203.05482). Of one file it is that file.
///
/// # Errors
///
/// If there are none, or one has not the tensors of the first, or one of another shape.
pub fn mean_of_pointers(files: &[Vec<u8>]) -> Result<Vec<u8>, TeachError> {
    if let [only] = files {
        return Ok(only.clone());
    }
    let read = files
        .iter()
        .map(|file| safetensors::load_buffer(file, &Device::Cpu));
    let pointers = read.collect::<Result<Vec<_>, _>>()?;
    let (first, others) = pointers
        .split_first()
        .ok_or(TeachError::Plan("there is no pointer to take the mean of"))?;
    ensure(
        others.iter().all(|other| other.len() == first.len()),
        "the pointers to take the mean of were not taught alike",
    )?;
    let share = 1.0 / pointers.len() as f64;
    let mut means: HashMap<String, Tensor> = HashMap::new();
    for (name, tensor) in first {
        let mut sum = tensor.to_dtype(DType::F32)?;
        for other in others {
            let missing = || Error::CannotFindTensor { path: name.clone() }.bt();
            let tensor = other.get(name).ok_or_else(missing)?;
            sum = (sum + tensor.to_dtype(DType::F32)?)?;
        }
        means.insert(name.clone(), (sum * share)?.to_dtype(tensor.dtype())?);
    }
    written(&means)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(numbers: &[f32]) -> Vec<u8> {
        let tensor = Tensor::new(numbers, &Device::Cpu).expect("it is small");
        written(&HashMap::from([("tokens".to_owned(), tensor)])).expect("it is written")
    }

    #[test]
    fn numbers_are_halfway_between() {
        let mean = mean_of_pointers(&[file(&[1.0, 4.0]), file(&[3.0, -4.0])]).expect("both fit");
        let mean = safetensors::load_buffer(&mean, &Device::Cpu).expect("it is written");
        assert_eq!(mean["tokens"].to_vec1::<f32>().unwrap(), [2.0, 0.0]);
        let alone = file(&[-0.0, 4.0]);
        assert_eq!(
            mean_of_pointers(std::slice::from_ref(&alone)).unwrap(),
            alone
        );
        assert!(mean_of_pointers(&[file(&[1.0]), file(&[1.0, 2.0])]).is_err());
        assert!(mean_of_pointers(&[]).is_err());
    }
}
