// Computing with protected figures without losing their protection; must not make a protected figure from a bare one.

import { type Protected, seal } from './seal.ts'

export type { Protected } from './seal.ts'

/** The protected result of `f` on a protected value; `f` must use no unprotected figure besides. */
export function derive<T, U>(from: Protected<T>, f: (value: T) => U): Protected<U> {
  return seal(f(from.value))
}

/** One protected record, with the same names, from a record of protected values. */
export function together<T extends Record<string, Protected<unknown>>>(
  parts: T,
): Protected<{ [K in keyof T]: T[K] extends Protected<infer V> ? V : never }> {
  const values = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.value]))
  return seal(values as { [K in keyof T]: T[K] extends Protected<infer V> ? V : never })
}

/** One protected list, in the same order, from a list of protected values. */
export function allOf<T>(parts: readonly Protected<T>[]): Protected<T[]> {
  return seal(parts.map((part) => part.value))
}
