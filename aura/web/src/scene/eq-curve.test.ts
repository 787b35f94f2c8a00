// Where the EQ's curve and its handles lie.
import { expect, test } from 'vitest';
import { curveOf, decibelsAt, hertzAt, xOf, yOf } from './eq-curve';

const SIZE = { width: 300, height: 96 };
const bell = { module: 'Bell 1', on: 1, frequency: 200, q: 1, gain: 12 };

function heights(path: string): number[] {
  return [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map((match) => Number(match[1]));
}

test('a place in the drawing and what it means are each other’s inverse', () => {
  expect(xOf(20, SIZE)).toBe(0);
  expect(xOf(200, SIZE)).toBeCloseTo(100);
  expect(hertzAt(xOf(1234, SIZE), SIZE)).toBeCloseTo(1234);
  expect(yOf(0, SIZE)).toBe(48);
  expect(decibelsAt(yOf(-7.5, SIZE), SIZE)).toBeCloseTo(-7.5);
  expect(decibelsAt(-50, SIZE)).toBe(24);
  expect(hertzAt(900, SIZE)).toBeCloseTo(20_000);
});

test('bands and the output add up', () => {
  expect(new Set(heights(curveOf([], 0, SIZE)))).toEqual(new Set([48]));
  const once = heights(curveOf([bell], 0, SIZE));
  expect(Math.min(...once)).toBeCloseTo(yOf(12, SIZE), 0);
  expect(once.indexOf(Math.min(...once)) * 3).toBeCloseTo(100, -1);
  expect(Math.min(...heights(curveOf([bell, { ...bell, gain: 6 }], -6, SIZE)))).toBeCloseTo(yOf(12, SIZE), 0);
  expect(Math.min(...heights(curveOf([{ ...bell, on: 0 }], 0, SIZE)))).toBe(48);
});

test('a drawing without a size is a curve all the same', () => {
  expect(curveOf([bell], 0, { width: 0, height: 0 })).not.toContain('NaN');
});
