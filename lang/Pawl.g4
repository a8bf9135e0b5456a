// The grammar of a manifest. It is generic on purpose: what a keyword means, and which attributes a block takes,
// is the business of schema.cc, so that a new word needs no new grammar. Every decision needs one token of
// lookahead. Strings and heredocs are one token; strings.cc decodes them.
grammar Pawl;

@lexer::members {
  // A heredoc ends at a line that holds only its tag. The scanner has already made sure that there is one.
  void finish_heredoc();
  // Called before the first use, so that a process that reads no manifest pays nothing for the tables.
  static void prepare() { static Initializer once; (void)once; }
}
@parser::members {
  static void prepare() { static Initializer once; (void)once; }
}
@parser::definitions {
// Nothing here searches parse trees, but the runtime refers to its XPath, which builds the tables of a lexer of its own
// before main in every process. With these the linker leaves it out.
namespace antlr4::tree::xpath {
XPath::XPath(Parser*, const std::string&) {}
std::vector<std::unique_ptr<XPathElement>> XPath::split(const std::string&) { return {}; }
std::vector<ParseTree*> XPath::evaluate(ParseTree*) { return {}; }
std::unique_ptr<XPathElement> XPath::getXPathElement(Token*, bool) { return {}; }
}  // namespace antlr4::tree::xpath
}

// Labels (`items+=`) let parse.cc read the contexts without a parse tree being built.
file       : items+=item? ( ( NEWLINE | COMMA ) items+=item? )* EOF ;
item       : keyword=WORD name=label? ( EQUALS value=expression | block=body )? ;
label      : WORD | STRING | NUMBER ;
body       : OPEN_BRACE items+=item? ( ( NEWLINE | COMMA ) items+=item? )* CLOSE_BRACE ;

expression : operands+=operand ( signs+=OPERATOR NEWLINE* operands+=operand )* ;
operand    : nots+=NOT* ( leaf=( STRING | HEREDOC | NUMBER ) | word=WORD call=arguments? | elements=list
                        | entries=object | inside=group ) ;
arguments  : OPEN_PAREN all+=argument? ( ( NEWLINE | COMMA ) all+=argument? )* CLOSE_PAREN ;
argument   : left=expression ( EQUALS right=expression )? ;
list       : OPEN_BRACKET all+=expression? ( ( NEWLINE | COMMA ) all+=expression? )* CLOSE_BRACKET ;
object     : OPEN_BRACE all+=argument? ( ( NEWLINE | COMMA ) all+=argument? )* CLOSE_BRACE ;
group      : OPEN_PAREN NEWLINE* inner=expression NEWLINE* CLOSE_PAREN ;

OPEN_BRACE    : '{' ;
CLOSE_BRACE   : '}' ;
OPEN_PAREN    : '(' ;
CLOSE_PAREN   : ')' ;
OPEN_BRACKET  : '[' ;
CLOSE_BRACKET : ']' ;
COMMA         : ',' ;
EQUALS        : '=' ;
OPERATOR      : '==' | '!=' | '<=' | '>=' | '<' | '>' | '&&' | '||' ;
NOT           : '!' ;

WORD    : NAME ( '.' NAME )* ;
NUMBER  : '-'? 'v'? DIGIT PART* ( [.+-] PART+ )* ;
STRING  : '"' ( '\\' ~[\r\n] | '$' '{' INTERPOLATED* '}' | ~["\\\r\n] )* '"' ;
HEREDOC : '<<' [-~]? NAME { finish_heredoc(); } ;
NEWLINE : '\n' ;
SPACE   : [ \t\r]+ -> skip ;
COMMENT : '#' ~[\n]* -> skip ;
OTHER   : . ;

fragment NAME         : [A-Za-z_] PART* ( '-' PART+ )* ;
fragment PART         : [A-Za-z0-9_] ;
fragment DIGIT        : [0-9] ;
fragment INTERPOLATED : '"' ( '\\' ~[\r\n] | ~["\\\r\n] )* '"' | ~["{}\r\n] ;
