/** Namespaces of tools, for hosts that have none. */
export { NamespaceSupport } from './host-support.ts'
export { namespaces } from './namespaces.ts'
