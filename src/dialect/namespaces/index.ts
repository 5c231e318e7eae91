/** Namespaces of tools, for hosts that have none. */
export { NamespaceSupport, type NamespaceSetting } from './host-support.ts'
export { namespaces } from './namespaces.ts'
