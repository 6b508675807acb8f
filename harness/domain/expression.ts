// The expressions of manifests: integers, axes, attributes with an index, arithmetic with floor division, comparisons, and/or, min, max, rsqrt.

/** A value that an expression may name. */
export type ExpressionValue = number | boolean | readonly number[];

/** The names an expression sees. */
export type Scope = Readonly<Record<string, ExpressionValue>>;

/** Why a text is no expression, or why it has no value; `column` counts from 0 in the text. */
export class ExpressionError extends Error {
  readonly column: number;
  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

type Node =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string; readonly column: number; readonly index?: Node }
  | { readonly kind: "call"; readonly name: string; readonly column: number; readonly args: readonly Node[] }
  | { readonly kind: "unary"; readonly operand: Node }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly column: number;
      readonly left: Node;
      readonly right: Node;
    };

interface Token {
  readonly text: string;
  readonly column: number;
}

const TOKEN = /\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?|[A-Za-z_]\w*|\/\/|==|!=|<=|>=|&&|\|\||[-+*%<>(),[\]/])/y;
// Loosest first.
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "//", "/", "%"],
];
const CALLS: Readonly<Record<string, (args: readonly number[]) => number>> = {
  min: (args) => Math.min(...args),
  max: (args) => Math.max(...args),
  rsqrt: (args) => 1 / Math.sqrt(args[0] ?? Number.NaN),
};

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    const token = match?.[1];
    if (token === undefined) throw new ExpressionError(`cannot read '${text.slice(start).trim()}'`, start);
    found.push({ text: token, column: TOKEN.lastIndex - token.length });
  }
  return found;
}

class Parser {
  private position = 0;
  private readonly items: readonly Token[];
  private readonly end: number;

  constructor(text: string) {
    this.items = tokens(text);
    this.end = text.length;
  }

  whole(): Node {
    const node = this.level(0);
    const rest = this.items[this.position];
    if (rest !== undefined) throw new ExpressionError(`unexpected '${rest.text}'`, rest.column);
    return node;
  }

  private take(text: string): boolean {
    if (this.items[this.position]?.text !== text) return false;
    this.position += 1;
    return true;
  }

  private expect(text: string): void {
    const token = this.items[this.position];
    if (!this.take(text)) {
      throw new ExpressionError(`'${text}' expected, '${token?.text ?? "the end"}' found`, token?.column ?? this.end);
    }
  }

  private level(depth: number): Node {
    const operators = LEVELS[depth];
    if (operators === undefined) return this.primary();
    let left = this.level(depth + 1);
    for (;;) {
      const token = this.items[this.position];
      if (token === undefined || !operators.includes(token.text)) return left;
      this.position += 1;
      left = { kind: "binary", operator: token.text, column: token.column, left, right: this.level(depth + 1) };
    }
  }

  private primary(): Node {
    const token = this.items[this.position];
    if (token === undefined) throw new ExpressionError("a value expected, the end found", this.end);
    this.position += 1;
    if (token.text === "-") return { kind: "unary", operand: this.primary() };
    if (token.text === "(") {
      const inner = this.level(0);
      this.expect(")");
      return inner;
    }
    if (/^\d/.test(token.text)) return { kind: "number", value: Number(token.text) };
    if (!/^[A-Za-z_]/.test(token.text)) throw new ExpressionError(`unexpected '${token.text}'`, token.column);
    if (this.take("(")) return this.call(token);
    if (!this.take("[")) return { kind: "name", name: token.text, column: token.column };
    const index = this.level(0);
    this.expect("]");
    return { kind: "name", name: token.text, column: token.column, index };
  }

  private call(token: Token): Node {
    if (!Object.hasOwn(CALLS, token.text)) throw new ExpressionError(`unknown function '${token.text}'`, token.column);
    const args = [this.level(0)];
    while (this.take(",")) args.push(this.level(0));
    this.expect(")");
    return { kind: "call", name: token.text, column: token.column, args };
  }
}

function binary(operator: string, a: number, b: number, column: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "//":
    case "%":
      if (b === 0) throw new ExpressionError("division by zero", column);
      return operator === "//" ? Math.floor(a / b) : a - b * Math.floor(a / b);
    case "==":
      return Number(a === b);
    case "!=":
      return Number(a !== b);
    case "<":
      return Number(a < b);
    case "<=":
      return Number(a <= b);
    case ">":
      return Number(a > b);
    case ">=":
      return Number(a >= b);
    case "&&":
      return Number(a !== 0 && b !== 0);
    default:
      return Number(a !== 0 || b !== 0);
  }
}

function lookUp(node: Node & { kind: "name" }, scope: Scope): number {
  const value = Object.hasOwn(scope, node.name) ? scope[node.name] : undefined;
  if (value === undefined) throw new ExpressionError(`unknown name '${node.name}'`, node.column);
  if (typeof value === "number" || typeof value === "boolean") {
    if (node.index !== undefined) throw new ExpressionError(`'${node.name}' is no tuple`, node.column);
    return Number(value);
  }
  if (node.index === undefined) throw new ExpressionError(`'${node.name}' is a tuple: it needs an index`, node.column);
  const element = value[evaluateNode(node.index, scope)];
  if (element === undefined) throw new ExpressionError(`index out of range of '${node.name}'`, node.column);
  return element;
}

function evaluateNode(node: Node, scope: Scope): number {
  switch (node.kind) {
    case "number":
      return node.value;
    case "name":
      return lookUp(node, scope);
    case "unary":
      return -evaluateNode(node.operand, scope);
    case "call":
      return CALLS[node.name]?.(node.args.map((arg) => evaluateNode(arg, scope))) ?? Number.NaN;
    case "binary": {
      const left = evaluateNode(node.left, scope);
      // A condition guards what stands behind it: W > 0 && H % W == 0.
      if (node.operator === "&&" && left === 0) return 0;
      if (node.operator === "||" && left !== 0) return 1;
      return binary(node.operator, left, evaluateNode(node.right, scope), node.column);
    }
  }
}

const parsed = new Map<string, Node>();

function nodeOf(text: string): Node {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const node = new Parser(text).whole();
  parsed.set(text, node);
  return node;
}

/** The value of an expression; comparisons give 1 or 0. @throws ExpressionError */
export function evaluate(expression: string | number, scope: Scope): number {
  return typeof expression === "number" ? expression : evaluateNode(nodeOf(expression), scope);
}

/** The names that an expression reads. @throws ExpressionError */
export function namesIn(expression: string | number): string[] {
  const names = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind === "name") {
      names.add(node.name);
      if (node.index !== undefined) visit(node.index);
    } else if (node.kind === "unary") visit(node.operand);
    else if (node.kind === "call") node.args.forEach(visit);
    else if (node.kind === "binary") [node.left, node.right].forEach(visit);
  };
  if (typeof expression === "string") visit(nodeOf(expression));
  return [...names];
}
