// The mark of a figure that has been through disclosure control, and the one way to put it on; knows no noise, no gate.

const mark = Symbol('protected')

/** A value that may be published: it was perturbed, or computed from perturbed values alone. */
export type Protected<T> = { readonly value: T; readonly [mark]: true }

/**
 * Marks `value` as protected without checking anything, so only code that has just drawn the noise may call it:
 * architecture.test keeps this file's importers inside disclosure/.
 */
export function seal<T>(value: T): Protected<T> {
  return Object.freeze({ value, [mark]: true as const })
}
