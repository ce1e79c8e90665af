/** JSON as the wires read it. The kernel has it, since more than the gate must not be fooled by it. */
export { type JsonObject, type JsonValue, parseStrictJson, withMember } from '../../../kernel/index.ts';
