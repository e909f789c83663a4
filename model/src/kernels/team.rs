//! The threads that compute.
//!
//! A token passes through some two hundred parallel regions of a few microseconds
//! each, so that what counts is how soon a region begins and ends. Threads without
//! work spin for a moment before they sleep, and the caller takes part.

use std::any::Any;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::marker::PhantomData;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// How often a thread without work looks for some before it yields: about as long
/// as the caller computes alone between two regions.
const SPINS: usize = 4_000;
/// When, yielding from then on, it gives up and sleeps.
const PATIENCE: usize = SPINS + 4;

/// A fixed number of threads, the caller's among them.
pub(crate) struct Team {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

impl Team {
    /// Starts all threads but the caller's; fewer where the system refuses them.
    pub(crate) fn new(threads: NonZero<usize>) -> Self {
        let shared = Arc::new(Shared::new(threads.get() - 1));
        let spawn = |index| {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("estoppel-{index}"))
                .spawn(move || shared.work(index))
                .ok()
        };
        let workers = (0..threads.get() - 1).map_while(spawn).collect();
        Self { shared, workers }
    }

    /// Threads that compute, the caller's among them.
    pub(crate) fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Runs `task(0)` to `task(count - 1)` over all threads and returns when the last
    /// one is done. A panic in a task reaches the caller, after the others have run.
    /// Within a task, or while another thread has the team, tasks run in turn on the
    /// calling thread.
    pub(crate) fn each(&self, count: usize, task: impl Fn(usize) + Sync) {
        let alone = count < 2 || self.workers.is_empty();
        if alone || self.shared.busy.swap(true, Ordering::Acquire) {
            return (0..count).for_each(task);
        }
        let outcome = self.shared.run(count, &task, &self.workers);
        self.shared.busy.store(false, Ordering::Release);
        if let Some(panic) = outcome {
            resume_unwind(panic);
        }
    }

    /// Runs `task(i, chunk)` for every chunk of `len` values (the last one may be
    /// shorter), as [`each`](Self::each) does.
    pub(crate) fn each_chunk<T: Send>(
        &self,
        data: &mut [T],
        len: usize,
        task: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let chunks = Chunks {
            start: data.as_mut_ptr(),
            total: data.len(),
            len,
            data: PhantomData,
        };
        self.each(data.len().div_ceil(len), |i| {
            // SAFETY: `each` runs every index once, below the number of chunks.
            task(i, unsafe { chunks.get(i) });
        });
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A worker cannot panic: it catches what its tasks throw.
            let _ = worker.join();
        }
    }
}

/// A slice that is handed out in parts.
struct Chunks<'a, T> {
    start: *mut T,
    total: usize,
    len: usize,
    data: PhantomData<&'a mut [T]>,
}

// SAFETY: threads get disjoint parts of a mutable slice, as if it had been split
// and the parts sent to them.
unsafe impl<T: Send> Sync for Chunks<'_, T> {}

impl<T> Chunks<'_, T> {
    /// # Safety
    /// `i` must be below the number of chunks, and no chunk taken twice.
    #[allow(clippy::mut_from_ref)]
    unsafe fn get(&self, i: usize) -> &mut [T] {
        let start = i * self.len;
        let len = self.len.min(self.total - start);
        // SAFETY: chunks lie in the slice and don't overlap.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(start), len) }
    }
}

/// The tasks of one region.
#[derive(Clone, Copy)]
struct Job {
    task: *const (dyn Fn(usize) + Sync),
    count: usize,
}

struct Shared {
    /// Whether a thread has the team.
    busy: AtomicBool,
    /// Tasks that nobody has claimed yet. Whoever takes one off holds the region
    /// open until it has counted it in `unfinished`.
    unclaimed: Padded<AtomicUsize>,
    /// Tasks that have not ended yet.
    unfinished: Padded<AtomicUsize>,
    /// Written while both counts are zero, read between claiming a task and ending it.
    job: UnsafeCell<Option<Job>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Which workers sleep or are about to.
    asleep: Vec<Padded<AtomicBool>>,
    stop: AtomicBool,
}

/// Alone on its cache lines, of which processors fetch two at a time.
#[repr(align(128))]
struct Padded<T>(T);

// SAFETY: `job` is the one field that isn't `Sync` by itself. It is written by the
// thread that holds `busy`, while `unfinished` is zero; others read it only with a
// claimed task that is still unfinished. The counts order the two: a claim acquires
// what publishing released, and the end of a region acquires what ending tasks
// released. The task it points to is `Sync`.
unsafe impl Sync for Shared {}
// SAFETY: as above; the pointer inside is used only while a region is open.
unsafe impl Send for Shared {}

impl Shared {
    fn new(workers: usize) -> Self {
        Self {
            busy: AtomicBool::new(false),
            unclaimed: Padded(AtomicUsize::new(0)),
            unfinished: Padded(AtomicUsize::new(0)),
            job: UnsafeCell::new(None),
            panic: Mutex::new(None),
            asleep: (0..workers)
                .map(|_| Padded(AtomicBool::new(false)))
                .collect(),
            stop: AtomicBool::new(false),
        }
    }

    /// One region, on the thread that holds `busy`; returns what a task threw.
    fn run(
        &self,
        count: usize,
        task: &(dyn Fn(usize) + Sync),
        workers: &[JoinHandle<()>],
    ) -> Option<Box<dyn Any + Send>> {
        let task: *const (dyn Fn(usize) + Sync + '_) = task;
        // SAFETY: only the lifetime changes; the pointer is followed between here
        // and the return, which waits for the last task.
        let task: *const (dyn Fn(usize) + Sync + 'static) = unsafe { std::mem::transmute(task) };
        // SAFETY: nobody reads the job while no task is unclaimed or unfinished,
        // and only the holder of `busy` writes it.
        unsafe { *self.job.get() = Some(Job { task, count }) };
        self.unfinished.0.store(count, Ordering::Relaxed);
        // Sequentially consistent against `sleep`: either the worker sees the
        // tasks, or its flag is seen here.
        self.unclaimed.0.store(count, Ordering::SeqCst);
        for (worker, asleep) in workers.iter().zip(&self.asleep) {
            if asleep.0.load(Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }
        while self.run_one() {}
        let mut spins = 0;
        while self.unfinished.0.load(Ordering::Acquire) != 0 {
            // Past a moment, the core may be what the last task is waiting for.
            match spins < SPINS {
                true => spin_loop(),
                false => thread::yield_now(),
            }
            spins += 1;
        }
        lock(&self.panic).take()
    }

    /// Claims a task and runs it; false if there is none.
    fn run_one(&self) -> bool {
        let claim = |left: usize| left.checked_sub(1);
        let unclaimed = self
            .unclaimed
            .0
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, claim);
        let Ok(unclaimed) = unclaimed else {
            return false;
        };
        // SAFETY: the claimed task is unfinished, so the job stays as it is.
        if let Some(job) = unsafe { *self.job.get() } {
            // SAFETY: the closure outlives the region, and this keeps it open.
            let task = unsafe { &*job.task };
            let run = AssertUnwindSafe(|| task(job.count - unclaimed));
            if let Err(panic) = catch_unwind(run) {
                lock(&self.panic).get_or_insert(panic);
            }
        }
        self.unfinished.0.fetch_sub(1, Ordering::Release);
        true
    }

    /// A worker's life.
    fn work(&self, index: usize) {
        let mut idle = 0;
        while !self.stop.load(Ordering::Relaxed) {
            if self.unclaimed.0.load(Ordering::Relaxed) > 0 && self.run_one() {
                idle = 0;
                continue;
            }
            match idle {
                0..SPINS => spin_loop(),
                SPINS..PATIENCE => thread::yield_now(),
                _ => self.sleep(index),
            }
            idle = if idle < PATIENCE { idle + 1 } else { 0 };
        }
    }

    fn sleep(&self, index: usize) {
        let asleep = &self.asleep[index].0;
        asleep.store(true, Ordering::SeqCst);
        while self.unclaimed.0.load(Ordering::SeqCst) == 0 && !self.stop.load(Ordering::SeqCst) {
            thread::park();
        }
        asleep.store(false, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::time::Duration;

    use super::*;

    fn team(threads: usize) -> Team {
        Team::new(NonZero::new(threads).unwrap())
    }

    /// How often each of `count` tasks ran.
    fn runs(team: &Team, count: usize) -> Vec<usize> {
        let runs: Vec<_> = (0..count).map(|_| AtomicUsize::new(0)).collect();
        team.each(count, |i| {
            runs[i].fetch_add(1, Ordering::Relaxed);
        });
        runs.into_iter().map(AtomicUsize::into_inner).collect()
    }

    #[test]
    fn every_task_runs_once_in_every_region() {
        for threads in [1, 2, 3, 8] {
            let team = team(threads);
            assert_eq!(team.threads(), threads);
            for region in 0..2_000 {
                let count = region % 23;
                assert_eq!(runs(&team, count), vec![1; count], "{threads} threads");
            }
        }
    }

    #[test]
    fn sleepers_wake_up() {
        let team = team(3);
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(30));
            // All three threads must take part, or the barrier never opens.
            let barrier = Barrier::new(3);
            team.each(3, |_| {
                barrier.wait();
            });
        }
    }

    #[test]
    fn nested_regions_run_inline() {
        let team = team(2);
        let sum = AtomicUsize::new(0);
        team.each(10, |i| {
            let here = thread::current().id();
            team.each(10, |j| {
                assert_eq!(thread::current().id(), here);
                sum.fetch_add(10 * i + j, Ordering::Relaxed);
            });
        });
        assert_eq!(sum.into_inner(), (0..100).sum::<usize>());
    }

    #[test]
    fn several_callers_share_a_team() {
        let team = team(3);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..500).for_each(|i| assert_eq!(runs(&team, i % 7), [1; 7][..i % 7]))
                });
            }
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let team = team(2);
        for _ in 0..50 {
            let ran = AtomicUsize::new(0);
            let region = AssertUnwindSafe(|| {
                team.each(20, |i| {
                    ran.fetch_add(1, Ordering::Relaxed);
                    if i == 7 {
                        resume_unwind(Box::new("task 7"));
                    }
                });
            });
            let panic = catch_unwind(region).unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"task 7"));
            assert_eq!(ran.into_inner(), 20);
            assert_eq!(runs(&team, 20), [1; 20]);
        }
    }

    #[test]
    fn chunks_cover_a_slice() {
        let team = team(3);
        for (total, len) in [(0, 4), (1, 4), (4, 4), (101, 7)] {
            let mut data = vec![0; total];
            team.each_chunk(&mut data, len, |i, chunk| {
                for (j, value) in chunk.iter_mut().enumerate() {
                    *value += i * len + j + 1;
                }
            });
            assert_eq!(data, (1..=total).collect::<Vec<_>>());
        }
    }
}
