// Messages as plain data, and the limit of 2^53 at the edge.
import { create, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { AuraMessageSchema } from './generated/loophole/aura/v1/page_pb';
import { decode, decodeOutgoing, encode } from './messages';
import { IntegerTooLarge } from './plain';

test('a command survives the way to bytes and back', () => {
  const command = { kind: { case: 'moveClip' as const, value: { id: 7, track: 3, start: 2 ** 53 - 1 } } };
  const bytes = encode(5, { case: 'execute', value: { commands: [command], label: 'Move' } });
  const { requestId, kind } = decodeOutgoing(bytes);
  expect(requestId).toBe(5);
  expect(kind).toMatchObject({ case: 'execute', value: { label: 'Move', commands: [command] } });
});

test('fields that are left out stay left out', () => {
  const bytes = encode(1, {
    case: 'execute',
    value: { commands: [{ kind: { case: 'setTrack', value: { id: 4, mute: false } } }] },
  });
  const { kind } = decodeOutgoing(bytes);
  const command = kind.case === 'execute' ? kind.value.commands[0] : undefined;
  expect(command?.kind.value).toEqual({ id: 4, mute: false });
});

test('an integer beyond 2^53 from a peer is refused', () => {
  const message = create(AuraMessageSchema, { kind: { case: 'executed', value: { sequence: 2n ** 53n } } });
  expect(() => decode(toBinary(AuraMessageSchema, message))).toThrow(IntegerTooLarge);
});

test('the page sends no integer that a number cannot hold', () => {
  expect(() => encode(1, { case: 'locate', value: { positionSamples: 2 ** 53 } })).toThrow(IntegerTooLarge);
  expect(() => encode(1, { case: 'locate', value: { positionSamples: 0.5 } })).toThrow(IntegerTooLarge);
});

test('negative and zero values are kept exactly', () => {
  const bytes = encode(1, { case: 'locate', value: { positionSamples: -(2 ** 53) + 1 } });
  expect(decodeOutgoing(bytes).kind).toEqual({ case: 'locate', value: { positionSamples: -(2 ** 53) + 1 } });
});
