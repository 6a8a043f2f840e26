// Package options holds the text of options.proto, which contracts import. The
// generator knows the options themselves; editors and buf want the file.
package options

import _ "embed"

// Path is how .proto files import it.
const Path = "chancery/contract/v1/options.proto"

// Source is the file.
//
//go:embed options.proto
var Source []byte
