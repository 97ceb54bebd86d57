// npm run schemas: writes the JSON Schemas of surveys/ anew, after a change of what its files may say.
import '../service/platform/node-version.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { surveySchemas } from '../service/survey-schemas.ts'

const folder = join('surveys', 'schemas')
mkdirSync(folder, { recursive: true })
for (const [name, content] of Object.entries(surveySchemas())) writeFileSync(join(folder, name), content)
