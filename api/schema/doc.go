// Package schema reads what a contract declares about itself: the descriptor set
// that its code carries in the custom section chancery:descriptors.
//
// Nodes run Parse on code that anybody may upload, so it is bounded, safe on
// hostile bytes, and accepts or refuses the same bytes on every node: it looks
// at nothing but its argument, the options it knows are built in, and whatever
// else a process may have registered does not matter.
//
// The same rules hold in "chancery contract generate", which keeps the source
// positions in the set, so that its messages name file and line.
package schema
