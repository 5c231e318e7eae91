import type { UnresolvedNode } from './tree.ts'

/** Why a value could not be determined and what would help, as the rest of a sentence about the setting. */
export function unresolvedSentence(node: UnresolvedNode, environmentFile: string): string {
  const { subject } = node
  switch (node.why) {
    case 'unset':
      return `must be given; set it in a configuration file or pass ++${subject}=<value>`
    case 'reference':
      return `refers to \${${subject}}, which is not set; ${environmentFile}, or pass ++${subject}=<value>`
    case 'environment':
      return `refers to the environment variable ${subject}, which is not set; export it, or give the value in a file`
    case 'cycle':
      return `refers to itself: ${subject}; one of these must hold a value`
    case 'syntax':
      return `holds an interpolation that cannot be read: ${subject}; write \${key} or \${oc.env:NAME,default}, and \\\${ for a literal \${`
    case 'resolver':
      return `uses the resolver "${subject}", which does not exist here; oc.env, oc.select and oc.decode do`
    case 'text':
      return `needs text, and ${subject} is none`
  }
}
