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

file       : item? ( separator item? )* EOF ;
item       : WORD label? ( EQUALS expression | body )? ;
label      : WORD | STRING | NUMBER ;
body       : OPEN_BRACE item? ( separator item? )* CLOSE_BRACE ;
separator  : NEWLINE | COMMA ;

expression : operand ( OPERATOR NEWLINE* operand )* ;
operand    : NOT* ( STRING | HEREDOC | NUMBER | WORD arguments? | list | object | group ) ;
arguments  : OPEN_PAREN argument? ( separator argument? )* CLOSE_PAREN ;
argument   : expression ( EQUALS expression )? ;
list       : OPEN_BRACKET expression? ( separator expression? )* CLOSE_BRACKET ;
object     : OPEN_BRACE argument? ( separator argument? )* CLOSE_BRACE ;
group      : OPEN_PAREN NEWLINE* expression NEWLINE* CLOSE_PAREN ;

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
