//! Adding the sources of a node's input in a fixed order.

use signal_rt::BorrowCell;

use crate::buffer::{SUM_GROUP, StereoBuffer, add, add_group, add_wide, narrow};

/// Room for a sum in f64, for inputs of more than one group.
#[derive(Debug, Default)]
pub(crate) struct WideSum {
    left: Box<[f64]>,
    right: Box<[f64]>,
}

impl WideSum {
    /// [control] For blocks of up to `frames`, or empty where `sources` fit into one group.
    pub fn new(sources: usize, frames: usize) -> Self {
        let frames = if sources > SUM_GROUP { frames } else { 0 };
        let channel = || vec![0.0; frames].into_boxed_slice();
        Self { left: channel(), right: channel() }
    }
}

/// [audio] Writes the sum of `sources`, in their order, into `into`.
pub(crate) fn sum(
    buffers: &[BorrowCell<StereoBuffer>],
    sources: &[usize],
    into: &mut StereoBuffer,
    wide: &mut WideSum,
    frames: usize,
) {
    if sources.len() <= SUM_GROUP {
        sum_group(buffers, sources, into, frames);
        return;
    }
    wide.left[..frames].fill(0.0);
    wide.right[..frames].fill(0.0);
    for group in sources.chunks(SUM_GROUP) {
        sum_group(buffers, group, into, frames);
        let group = into.read(frames);
        add_wide(&mut wide.left[..frames], group.left);
        add_wide(&mut wide.right[..frames], group.right);
    }
    let into = into.write(frames);
    narrow(into.left, &wide.left[..frames]);
    narrow(into.right, &wide.right[..frames]);
}

fn sum_group(buffers: &[BorrowCell<StereoBuffer>], group: &[usize], into: &mut StereoBuffer, frames: usize) {
    let mut into = into.write(frames);
    if let Ok(group) = <&[usize; SUM_GROUP]>::try_from(group) {
        let sources = group.map(|source| buffers[source].borrow());
        add_group(into.left, sources.each_ref().map(|source| source.read(frames).left));
        add_group(into.right, sources.each_ref().map(|source| source.read(frames).right));
        return;
    }
    let Some((first, others)) = group.split_first() else {
        into.silence();
        return;
    };
    into.copy_from(buffers[*first].borrow().read(frames));
    for other in others {
        let buffer = buffers[*other].borrow();
        let source = buffer.read(frames);
        add(into.left, source.left);
        add(into.right, source.right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffers(values: &[f32]) -> Vec<BorrowCell<StereoBuffer>> {
        let filled = values.iter().map(|value| {
            let mut buffer = StereoBuffer::new(40);
            buffer.write(40).left.fill(*value);
            buffer.write(40).right.fill(-*value);
            BorrowCell::new(buffer)
        });
        filled.collect()
    }

    fn summed(values: &[f32]) -> (f32, f32) {
        let sources: Vec<usize> = (0..values.len()).collect();
        let mut into = StereoBuffer::new(40);
        sum(&buffers(values), &sources, &mut into, &mut WideSum::new(values.len(), 40), 40);
        let into = into.read(40);
        assert!(into.left.iter().all(|sample| sample.to_bits() == into.left[0].to_bits()));
        (into.left[0], into.right[0])
    }

    #[test]
    fn nothing_sums_to_silence() {
        assert_eq!(summed(&[]), (0.0, 0.0));
    }

    #[test]
    fn a_full_group_has_the_bits_of_adding_one_after_the_other() {
        let values = [0.1, -0.7, 1e-8, 3.3, 0.2, -1e7, 1e7, 0.3];
        let expected = values[1..].iter().fold(values[0], |sum, value| sum + value);
        assert_eq!(summed(&values), (expected, -expected));
    }

    #[test]
    fn groups_of_eight_are_added_in_f64() {
        let mut values = vec![1.0_f32; 8];
        values.extend([3e-8; 8]);
        let lost_in_f32 = values.iter().fold(0.0_f32, |sum, value| sum + value);
        assert_eq!(lost_in_f32, 8.0);
        values.extend([-1.0; 8]);
        let (left, right) = summed(&values);
        assert!((left - 2.4e-7).abs() < 1e-12, "{left}");
        assert_eq!(left, -right);
    }
}
