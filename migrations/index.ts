// The migrations in order. Add at the end; never change one that has run anywhere.
import { up as firstSchema } from './0001-first-schema.ts'
import { up as lookups } from './0002-lookups.ts'
import { up as wavesAndMail } from './0003-waves-and-mail.ts'
import { up as publications } from './0004-publications.ts'

export const migrations = {
  '0001-first-schema': { up: firstSchema },
  '0002-lookups': { up: lookups },
  '0003-waves-and-mail': { up: wavesAndMail },
  '0004-publications': { up: publications },
}
