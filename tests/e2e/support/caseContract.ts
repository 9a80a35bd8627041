import { command, coreContract, extendContract } from '@yektayar/protocol'
import { z } from 'zod'

const Case = z.object({ title: z.string() })

/** A contract as an app has it: one command that runs once, one that does not, and an event. */
export const caseContract = extendContract(coreContract, {
  commands: {
    'case:open': command({
      input: Case,
      output: z.object({ opened: z.number() }),
      delivery: 'once',
    }),
    'case:count': command({ input: z.object({}), output: z.number() }),
  },
  events: { 'case:opened': Case },
})
