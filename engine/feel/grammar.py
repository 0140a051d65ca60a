"""The grammar of FEEL (DMN 1.5 §10.3.1.2) for lark's LALR parser. Tokens come from `lexer`."""

GRAMMAR = r"""
tests: DASH                                        -> any_value
     | NOT _LPAR test (_COMMA test)* _RPAR         -> negated_tests
     | test (_COMMA test)*                         -> tests

?test: expression
operator_test: operator sum
!operator: EQ | NE | LT | LE | GT | GE

?expression: operator_test
           | conjunction
           | conjunction (_OR conjunction)+        -> or_
?conjunction: comparison
            | comparison (_AND comparison)+        -> and_
?comparison: sum
           | comparison operator sum               -> compare
           | comparison _BETWEEN sum _AND sum      -> between
           | comparison _IN sum                    -> in_test
           | comparison _IN operator_test          -> in_test
           | comparison _IN _LPAR test (_COMMA test)+ _RPAR -> in_test

?sum: product
    | product ((PLUS | MINUS) product)+            -> arithmetic
?product: power
        | power ((TIMES | DIVIDE) power)+          -> arithmetic
?power: instance
      | instance (POWER instance)+                 -> arithmetic
?instance: negation
         | instance _INSTANCE_OF type              -> instance_of
?negation: postfix
         | MINUS negation                          -> negation

?postfix: atom
        | postfix _DOT NAME                        -> path
        | postfix _LSQB expression _RSQB           -> filter
        | postfix _LPAR _RPAR                      -> call
        | postfix _LPAR expression (_COMMA expression)* _RPAR -> call
        | postfix _LPAR named (_COMMA named)* _RPAR -> call_named
named: NAME _COLON expression

?atom: NUMBER                                      -> number
     | STRING                                      -> string
     | AT                                          -> temporal
     | TRUE                                        -> true
     | FALSE                                       -> false
     | NULL                                        -> null
     | NAME                                        -> name
     | _LPAR expression _RPAR                      -> group
     | range
     | _LSQB _RSQB                                 -> list
     | _LSQB expression (_COMMA expression)* _RSQB -> list
     | _LBRACE _RBRACE                             -> context
     | _LBRACE entry (_COMMA entry)* _RBRACE       -> context
     | _IF expression _THEN expression _ELSE expression -> if_
     | _FOR iteration (_COMMA iteration)* _RETURN expression -> for_
     | _SOME iteration (_COMMA iteration)* _SATISFIES expression -> some
     | _EVERY iteration (_COMMA iteration)* _SATISFIES expression -> every
     | _FUNCTION _LPAR _RPAR body                  -> function
     | _FUNCTION _LPAR parameter (_COMMA parameter)* _RPAR body -> function

!range: (_LPAR | _LSQB | _RANGE_OPEN) expression _DOTDOT expression (_RPAR | _RSQB | _RANGE_CLOSE)
entry: (NAME | STRING) _COLON expression
iteration: NAME _IN expression
         | NAME _IN expression _DOTDOT expression
parameter: NAME
         | NAME _COLON type
body: expression
    | EXTERNAL expression                          -> external

type: qualified
    | qualified LT type (_COMMA type)* GT          -> generic_type
    | qualified LT NAME _COLON type (_COMMA NAME _COLON type)* GT -> context_type
    | any_function
    | _FUNCTION LT GT _ARROW type                  -> function_type
    | _FUNCTION LT type (_COMMA type)* GT _ARROW type -> function_type
!any_function: _FUNCTION
qualified: (NAME | NULL) (_DOT NAME)*

%declare DASH NOT EQ NE LT LE GT GE PLUS MINUS TIMES DIVIDE POWER NUMBER STRING AT TRUE FALSE NULL NAME EXTERNAL
%declare _LPAR _RPAR _LSQB _RSQB _LBRACE _RBRACE _RANGE_OPEN _RANGE_CLOSE _COMMA _COLON _DOT _DOTDOT _ARROW
%declare _AND _OR _IF _THEN _ELSE _FOR _IN _RETURN _SOME _EVERY _SATISFIES _BETWEEN _INSTANCE_OF _FUNCTION
"""
