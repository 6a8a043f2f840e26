package apperr

// Code is a stable error number. It is the ABCI code of a tx result and is
// hashed into the next header, so numbers are append-only and never reused.
type Code uint32

// The codes. OK is the code of a result without error.
const (
	OK               Code = 0
	Internal         Code = 1
	InvalidTx        Code = 2
	Unauthenticated  Code = 3
	PermissionDenied Code = 4
	Expired          Code = 5
	NotFound         Code = 6
	AlreadyExists    Code = 7
	OutOfGas         Code = 8
	QuotaExceeded    Code = 9
	LimitExceeded    Code = 10
	InvalidCode      Code = 11
	ContractFailed   Code = 12
	ContractTrap     Code = 13
	NotActive        Code = 14
	Replayed         Code = 15
	Incompatible     Code = 16
	Frozen           Code = 17
	VersionChanged   Code = 18
	Closed           Code = 19
	UnsafeValidators Code = 20
	NotReady         Code = 27
	InUse            Code = 28
	Withdrawn        Code = 29
)

// Codes of answers of one node that never stand in a block.
const (
	Pruned      Code = 101
	Unavailable Code = 102
	Timeout     Code = 103
	NeedsTx     Code = 104
	Busy        Code = 105
)

// Info describes one code.
type Info struct {
	Code    Code
	Name    string
	Connect string // name of the Connect code a client sees
	EN      string
	ZH      string
}

// table lists every code. docs/errors.md is written from it.
var table = []Info{
	{Internal, "Internal", "internal", "The node made a mistake; its log has the cause under the tx hash.", "节点内部错误，原因见节点日志。"},
	{InvalidTx, "InvalidTx", "invalid_argument", "The request or tx does not decode, is too large, or has a field out of range.", "请求或交易无法解码、过大或字段超出范围。"},
	{Unauthenticated, "Unauthenticated", "unauthenticated", "The signature is missing or wrong, or its key does not belong to the origin.", "签名缺失、错误，或密钥不属于发起账户。"},
	{PermissionDenied, "PermissionDenied", "permission_denied", "The origin may not do this: it lacks the role or the membership, or its permit does not name the contract.", "发起账户无权执行此操作：缺少角色或成员身份，或许可未列明该合约。"},
	{Expired, "Expired", "deadline_exceeded", "The tx's or permit's validity is over, has not begun or is too long; sign it anew.", "交易或许可的有效期已过、尚未开始或过长，请重新签名。"},
	{NotFound, "NotFound", "not_found", "There is no such account, organisation, code, contract, method or tx.", "账户、机构、代码、合约、方法或交易不存在。"},
	{AlreadyExists, "AlreadyExists", "already_exists", "It is there already: its name or number is taken.", "已经存在：名称或编号已被占用。"},
	{OutOfGas, "OutOfGas", "resource_exhausted", "The gas limit was used up; simulate the tx to learn what it needs.", "已达到燃料上限，请先模拟以获知所需燃料。"},
	{QuotaExceeded, "QuotaExceeded", "resource_exhausted", "A quota of gas does not cover the gas limit, or one of stored bytes what the tx would store.", "燃料配额或存储配额不足。"},
	{LimitExceeded, "LimitExceeded", "resource_exhausted", "A limit of the chain was passed: memory, call depth, or the size of a key, value, result or event.", "超出链的限制：内存、调用深度，或键、值、结果、事件的大小。"},
	{InvalidCode, "InvalidCode", "invalid_argument", "The Wasm code is refused; the detail names function, offset and rule.", "合约代码未通过检查，详情含函数、偏移与规则。"},
	{ContractFailed, "ContractFailed", "failed_precondition", "The contract answered with an error of its own; see contract_error.", "合约返回了自身定义的错误，见 contract_error。"},
	{ContractTrap, "ContractTrap", "failed_precondition", "The contract crashed; its writes were dropped.", "合约异常终止，其写入已撤销。"},
	{NotActive, "NotActive", "unimplemented", "This feature is not active at the chain's protocol version.", "此功能在当前协议版本尚未启用。"},
	{Replayed, "Replayed", "already_exists", "This tx was committed before.", "此交易已被提交过。"},
	{Incompatible, "Incompatible", "failed_precondition", "The new code would break callers or stored state; compare with chancery contract diff, and declare the upgrade breaking if that is meant.", "新代码会破坏调用方或已存状态；请用 chancery contract diff 比较，如确需如此请声明为不兼容升级。"},
	{Frozen, "Frozen", "failed_precondition", "The contract is frozen or retired: it answers queries only.", "合约已冻结或停用，仅可查询。"},
	{VersionChanged, "VersionChanged", "failed_precondition", "The contract or the template has another version, or other code, than the tx asks for.", "合约或模板的版本或代码与交易指定的不符。"},
	{Closed, "Closed", "failed_precondition", "The proposal is decided, withdrawn or past its deadline; chancery gov show, or contract upgrades, tells which.", "提案已表决、撤回或过期；请用 chancery gov show 或 contract upgrades 查看。"},
	{UnsafeValidators, "UnsafeValidators", "failed_precondition", "The validators would not be safe: one of them or one organisation could stop the chain, or nobody would be left; chancery validator quorum shows who can stop it.", "验证者集合将不安全：单个验证者或机构可使链停止，或无人出块；请用 chancery validator quorum 查看。"},
	{NotReady, "NotReady", "failed_precondition", "The upgrade waits: approvals are missing, or its delay still runs.", "升级尚须等待：批准不足，或等待期未满。"},
	{InUse, "InUse", "failed_precondition", "Versions of contracts or templates, or open proposals, refer to this code; it stays as long as they do.", "仍有合约版本、模板版本或未结提案引用该代码，暂不能清除。"},
	{Withdrawn, "Withdrawn", "failed_precondition", "The template, or this version of it, is withdrawn: nothing is deployed from it any more. Contracts that were made from it go on.", "该模板或此版本已撤回，不能再据以部署；已部署的合约不受影响。"},
	{Pruned, "Pruned", "out_of_range", "This node does not hold the state of that height.", "本节点没有该高度的状态。"},
	{Unavailable, "Unavailable", "unavailable", "The node cannot take this now: it is catching up, full or stopping; try again.", "节点暂时无法处理，请稍后重试。"},
	{Timeout, "Timeout", "deadline_exceeded", "The wait ended before the tx was committed; it may still be, so ask again by its hash.", "等待超时，交易仍可能被提交，请按哈希再次查询。"},
	{NeedsTx, "NeedsTx", "failed_precondition", "This method writes state, so it is run by a signed tx: call it through a signing transport, or with chancery contract call.", "此方法会写入状态，须以签名交易执行：请使用签名传输或 chancery contract call 调用。"},
	{Busy, "Busy", "resource_exhausted", "Too many queries and simulations run on this node at once; try again.", "本节点同时执行的查询与模拟过多，请稍后重试。"},
}

// All returns the table in the order of the codes.
func All() []Info { return append([]Info(nil), table...) }

// Lookup returns the description of a code; ok is false for OK and for numbers
// that were never given.
func Lookup(c Code) (info Info, ok bool) {
	for _, i := range table {
		if i.Code == c {
			return i, true
		}
	}
	return Info{}, false
}

// String returns the code's name, or "OK".
func (c Code) String() string {
	if c == OK {
		return "OK"
	}
	if i, ok := Lookup(c); ok {
		return i.Name
	}
	return "Unknown"
}
