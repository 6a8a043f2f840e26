package contractbuild_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/schedule"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/stretchr/testify/require"
)

// TestStubsMatchABI holds the SDK's imports to the table of host functions.
func TestStubsMatchABI(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../contracts-sdk/stubs_wasip1.go", nil, parser.ParseComments)
	require.NoError(t, err)
	wasm := map[string]abi.ValueType{
		"uint32": abi.I32, "int32": abi.I32, "unsafe.Pointer": abi.I32, "uint64": abi.I64, "int64": abi.I64,
	}
	types := func(list *ast.FieldList) []abi.ValueType {
		var out []abi.ValueType
		if list == nil {
			return nil
		}
		for _, field := range list.List {
			name := ""
			switch typ := field.Type.(type) {
			case *ast.Ident:
				name = typ.Name
			case *ast.SelectorExpr:
				name = typ.X.(*ast.Ident).Name + "." + typ.Sel.Name
			}
			value, known := wasm[name]
			require.True(t, known, "type %q", name)
			for range max(1, len(field.Names)) {
				out = append(out, value)
			}
		}
		return out
	}
	stubs := map[string]*ast.FuncDecl{}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			require.NotNil(t, fn.Doc, fn.Name.Name)
			directive := fn.Doc.List[len(fn.Doc.List)-1].Text
			name, ok := strings.CutPrefix(directive, "//go:wasmimport "+abi.Module+" ")
			require.True(t, ok, "directive %q", directive)
			stubs[name] = fn
		}
	}
	require.Len(t, stubs, len(abi.Functions))
	for _, f := range abi.Functions {
		fn := stubs[f.Name]
		require.NotNil(t, fn, f.Name)
		require.Equal(t, f.Params, types(fn.Type.Params), f.Name)
		require.Equal(t, f.Results, types(fn.Type.Results), f.Name)
	}
}

// TestNumbersMatchABI holds the numbers that the SDK repeats to the ABI's.
func TestNumbersMatchABI(t *testing.T) {
	require.Equal(t,
		[]int{
			abi.FieldChainID, abi.FieldTxHash, abi.FieldContract, abi.FieldMethod, abi.FieldCaller, abi.FieldOrigin, abi.FieldOrg, abi.FieldRoles,
			abi.FieldKind, abi.FieldHeight, abi.FieldTime, abi.FieldVersion, abi.FieldDepth,
			abi.HashSHA256, abi.HashSM3, abi.HashSHA3_256, abi.VerifyEd25519, abi.VerifySM2, abi.VerifyP256,
			abi.MulDivOverflow, abi.MulDivByZero, abi.RoundDown, abi.RoundUp, abi.RoundHalfUp, abi.RoundHalfEven,
		},
		[]int{
			sdk.FieldChainID, sdk.FieldTxHash, sdk.FieldContract, sdk.FieldMethod, sdk.FieldCaller, sdk.FieldOrigin, sdk.FieldOrg, sdk.FieldRoles,
			sdk.FieldKind, sdk.FieldHeight, sdk.FieldTime, sdk.FieldVersion, sdk.FieldDepth,
			sdk.HashSHA256, sdk.HashSM3, sdk.HashSHA3256, sdk.VerifyEd25519, sdk.VerifySM2, sdk.VerifyP256,
			sdk.MulDivOverflow, sdk.MulDivByZero, int(sdk.RoundDown), int(sdk.RoundUp), int(sdk.RoundHalfUp), int(sdk.RoundHalfEven),
		})
}

// TestLimitsOfSdktest holds the limits that tests of contracts are held to, to the
// chain's.
func TestLimitsOfSdktest(t *testing.T) {
	l := runtime.DefaultLimits()
	require.Equal(t,
		[]int{
			l.InputBytes, l.OutputBytes, l.KeyBytes, l.ValueBytes, l.EventBytes, l.Events, l.NameBytes,
			l.ErrorBytes, l.Scans, l.LogBytes, l.Signatures, l.CallDepth, schedule.MaxWaiting,
			int(params.Default().MaxScheduledGas),
		},
		[]int{
			sdktest.MaxPayload, sdktest.MaxResponse, sdktest.MaxKey, sdktest.MaxValue, sdktest.MaxEvent, sdktest.MaxEvents, sdktest.MaxName,
			sdktest.MaxError, sdktest.MaxScans, sdktest.MaxLog, sdktest.MaxSignatures, sdktest.MaxDepth, sdktest.MaxScheduled,
			sdktest.MaxScheduledGas,
		})
}

func TestKindsAndStatusesMatch(t *testing.T) {
	for kind, pair := range map[runtime.Kind][2]int32{
		runtime.KindInit:    {int32(sdk.KindInit), int32(schema.KindInit)},
		runtime.KindExecute: {int32(sdk.KindExecute), int32(schema.KindExecute)},
		runtime.KindQuery:   {int32(sdk.KindQuery), int32(schema.KindQuery)},
		runtime.KindMigrate: {int32(sdk.KindMigrate), int32(schema.KindMigrate)},
	} {
		require.Equal(t, [2]int32{int32(kind), int32(kind)}, pair)
	}
	for status, want := range map[runtime.Status]sdk.CallStatus{
		runtime.StatusContractError: sdk.CallContractError, runtime.StatusTrap: sdk.CallTrap,
		runtime.StatusOutOfGas: sdk.CallOutOfGas, runtime.StatusLimit: sdk.CallLimit, runtime.StatusNotFound: sdk.CallNotFound,
		runtime.StatusFrozen: sdk.CallFrozen,
	} {
		require.EqualValues(t, want, status)
	}
	require.Equal(t, abi.SectionDescriptors, schema.SectionDescriptors)
	require.Equal(t, abi.SectionBuild, schema.SectionBuild)
}

// TestSDKErrorsDeclared holds the host's list of the SDK's errors to the SDK.
func TestSDKErrorsDeclared(t *testing.T) {
	var none schema.Contract
	require.EqualValues(t, sdk.CodeFirst, schema.FirstSDKError)
	for _, code := range []uint32{
		sdk.CodeInternal, sdk.CodeUnknownMethod, sdk.CodeWrongKind, sdk.CodeBadRequest, sdk.CodeMissingRole,
		sdk.CodeBadPage, sdk.CodeDuplicate, sdk.CodeCorruptState, sdk.CodeCallFailed, sdk.CodeBadResponse,
		sdk.CodeInvalidField, sdk.CodeBrokenRule, sdk.CodeNeedsAccount, sdk.CodeWrongCaller, sdk.CodeNoEntry, sdk.CodeReplayed,
	} {
		e, ok := none.Error(code)
		require.True(t, ok, "code %d", code)
		require.NotEmpty(t, e.Sentence(nil, true))
	}
	_, ok := none.Error(sdk.CodeReplayed + 1)
	require.False(t, ok)
}
