// Keys wait for an edit that selects, keep their order, and go on when it fails.
import { expect, test } from 'vitest';
import { KeyQueue } from './key-queue';

test('keys wait for what is being selected, and for what the waiting ones select', async () => {
  const queue = new KeyQueue();
  const done: string[] = [];
  queue.act(() => done.push('at once'));
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  const edit = queue.selecting(async () => void (await first.promise));
  let copy: Promise<void> | undefined;
  queue.act(() => {
    done.push('copy');
    copy = queue.selecting(async () => void (await second.promise));
  });
  queue.act(() => done.push('move'));
  expect(done).toEqual(['at once']);
  first.resolve(undefined);
  await edit;
  expect(done).toEqual(['at once', 'copy']);
  second.resolve(undefined);
  await copy;
  expect(done).toEqual(['at once', 'copy', 'move']);
});

test('an edit that fails holds nothing up', async () => {
  const queue = new KeyQueue();
  const done: string[] = [];
  const edit = queue.selecting(() => Promise.reject(new Error('refused')));
  queue.act(() => done.push('after'));
  await expect(edit).rejects.toThrow('refused');
  expect(done).toEqual(['after']);
});
