//! A cell whose borrows are checked when taken, by one atomic word, on any thread.
//!
//! It never waits: a schedule makes sure that no two steps at once want the same cell, and a conflict is a bug in it that
//! panics rather than tears data.
//!
//! | word | meaning |
//! |---|---|
//! | 0 | free |
//! | 1 … `UNIQUE` - 1 | that many shared borrows |
//! | `UNIQUE` and more | one unique borrow |
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};

const UNIQUE: u32 = 1 << 31;

/// Owns a `T` that several threads use one after the other, or read together.
#[derive(Debug, Default)]
pub struct BorrowCell<T> {
    borrows: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: unique borrows move access to the value between threads, for which `T: Send` is enough; only `borrow` shows it to
// several at once, and that is there for `T: Sync` alone. The word excludes both at once.
unsafe impl<T: Send> Sync for BorrowCell<T> {}

/// Reads the cell until dropped.
#[derive(Debug)]
pub struct Shared<'a, T> {
    cell: &'a BorrowCell<T>,
    /// Sent and shared like a reference.
    reads: PhantomData<&'a T>,
}

/// Owns the cell until dropped.
#[derive(Debug)]
pub struct Unique<'a, T> {
    cell: &'a BorrowCell<T>,
    /// Sent and shared like a unique reference.
    writes: PhantomData<&'a mut T>,
}

impl<T> BorrowCell<T> {
    /// [any] Wraps `value`.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { borrows: AtomicU32::new(0), value: UnsafeCell::new(value) }
    }

    /// [audio] Reads, together with others.
    ///
    /// # Panics
    /// When the cell is uniquely borrowed.
    pub fn borrow(&self) -> Shared<'_, T>
    where
        T: Sync,
    {
        let before = self.borrows.fetch_add(1, Ordering::Acquire);
        assert!(before < UNIQUE - 1, "a cell is read while it is written");
        Shared { cell: self, reads: PhantomData }
    }

    /// [audio] Reads and writes, alone.
    ///
    /// # Panics
    /// When the cell is borrowed.
    pub fn borrow_mut(&self) -> Unique<'_, T> {
        let taken = self.borrows.compare_exchange(0, UNIQUE, Ordering::Acquire, Ordering::Relaxed);
        assert!(taken.is_ok(), "a cell is written while it is in use");
        Unique { cell: self, writes: PhantomData }
    }

    /// [audio] Reads, unless somebody writes.
    pub fn try_borrow(&self) -> Option<Shared<'_, T>>
    where
        T: Sync,
    {
        let free = |borrows| (borrows < UNIQUE - 1).then_some(borrows + 1);
        let taken = self.borrows.try_update(Ordering::Acquire, Ordering::Relaxed, free);
        taken.is_ok().then(|| Shared { cell: self, reads: PhantomData })
    }

    /// [audio] Reads and writes, unless somebody else does either.
    pub fn try_borrow_mut(&self) -> Option<Unique<'_, T>> {
        let taken = self.borrows.compare_exchange(0, UNIQUE, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok().then(|| Unique { cell: self, writes: PhantomData })
    }

    /// [any] The value, without a check: nobody else can have it.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// [any] The value itself.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T> Deref for Shared<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the word counts this borrow, so no unique one exists.
        unsafe { &*self.cell.value.get() }
    }
}

impl<T> Drop for Shared<'_, T> {
    fn drop(&mut self) {
        self.cell.borrows.fetch_sub(1, Ordering::Release);
    }
}

impl<T> Deref for Unique<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the word says that this is the only borrow.
        unsafe { &*self.cell.value.get() }
    }
}

impl<T> DerefMut for Unique<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the word says that this is the only borrow.
        unsafe { &mut *self.cell.value.get() }
    }
}

impl<T> Drop for Unique<'_, T> {
    fn drop(&mut self) {
        self.cell.borrows.fetch_sub(UNIQUE, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::BorrowCell;

    #[test]
    fn readers_share_and_a_writer_is_refused_until_they_are_gone() {
        let cell = BorrowCell::new(5);
        let (one, two) = (cell.borrow(), cell.borrow());
        assert_eq!((*one, *two), (5, 5));
        let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| *cell.borrow_mut() = 6));
        assert!(refused.is_err());
        drop((one, two));
        *cell.borrow_mut() = 7;
        assert_eq!(cell.into_inner(), 7);
    }

    #[test]
    fn who_only_tries_is_told_that_the_cell_is_in_use() {
        let cell = BorrowCell::new(5);
        let reader = cell.try_borrow();
        assert!(reader.is_some() && cell.try_borrow().is_some() && cell.try_borrow_mut().is_none());
        drop(reader);
        let writer = cell.try_borrow_mut();
        assert!(writer.is_some() && cell.try_borrow().is_none());
        drop(writer);
        assert_eq!(cell.try_borrow().as_deref(), Some(&5));
    }

    #[test]
    fn a_reader_is_refused_while_a_writer_is_there() {
        let cell = BorrowCell::new(5);
        let writer = cell.borrow_mut();
        let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| *cell.borrow()));
        assert!(refused.is_err());
        drop(writer);
    }
}
