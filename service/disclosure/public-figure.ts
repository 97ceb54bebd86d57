// Figures that may be given as they are: those of the register, which its own gate has been through. Never an answer.
import { type Protected, seal } from './seal.ts'

/** Marks an exact figure as publishable; architecture.test knows the one file that may. */
export const publicFigure = <T>(value: T): Protected<T> => seal(value)
