// What the panel needs beside the platform: the programmes and the register's code lists.
import type { Platform } from '../platform/deps.ts'
import type { Frame } from './frame.ts'

export type PanelDeps = Pick<Platform, 'db' | 'clock' | 'random' | 'config'> & { frame: Frame }
