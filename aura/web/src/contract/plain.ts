// Messages as plain data: 64-bit integers become numbers, which are refused beyond 2^53, and back.
//
// Every number of the contracts stays below 2^53 by their own rule; here is the one place where that is checked. It knows
// no message in particular.
import { create, ScalarType, type DescField, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';

/** T with every bigint a number and without the generator's own fields. */
export type Plain<T> = T extends bigint
  ? number
  : T extends Uint8Array
    ? T
    : T extends (infer Item)[]
      ? Plain<Item>[]
      : T extends object
        ? { [K in keyof T as K extends '$typeName' | '$unknown' ? never : K]: Plain<T[K]> }
        : T;

/** What is thrown when a peer sends, or the page would send, an integer that a number cannot hold exactly. */
export class IntegerTooLarge extends Error {
  constructor(value: bigint | number) {
    super(`${value} is beyond 2^53 or not a whole number`);
  }
}

/** Turns a received message into plain data. */
export function plain<T>(value: T): Plain<T> {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new IntegerTooLarge(value);
    return number as Plain<T>;
  }
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value as Plain<T>;
  if (Array.isArray(value)) return value.map((item) => plain(item)) as Plain<T>;
  const result: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (key !== '$typeName' && key !== '$unknown') result[key] = plain(field);
  }
  return result as Plain<T>;
}

/** Makes a message out of plain data. Fields left out get their defaults. */
export function message<Desc extends DescMessage>(schema: Desc, init: Plain<MessageInitShape<Desc>>) {
  return create(schema, widen(schema, init as object) as MessageInitShape<Desc>);
}

function widen(schema: DescMessage, init: object): object {
  const given = init as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const member of schema.members) {
    const value = given[member.localName];
    if (value === undefined) continue;
    if (member.kind === 'oneof') {
      const chosen = value as { case?: string; value?: unknown };
      const field = member.fields.find((candidate) => candidate.localName === chosen.case);
      if (field) result[member.localName] = { case: chosen.case, value: widenField(field, chosen.value) };
    } else {
      result[member.localName] = widenField(member, value);
    }
  }
  return result;
}

function widenField(field: DescField, value: unknown): unknown {
  if (field.fieldKind === 'list') return (value as unknown[]).map((item) => widenValue(field, item));
  return widenValue(field, value);
}

function widenValue(field: DescField, value: unknown): unknown {
  if (field.message) return widen(field.message, value as object);
  return isWide(field.scalar) ? exact(value as number) : value;
}

function isWide(scalar: ScalarType | undefined): boolean {
  return scalar === ScalarType.INT64 || scalar === ScalarType.UINT64 || scalar === ScalarType.SINT64;
}

function exact(value: number): bigint {
  if (!Number.isSafeInteger(value)) throw new IntegerTooLarge(value);
  return BigInt(value);
}
