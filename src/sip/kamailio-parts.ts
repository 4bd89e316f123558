/** The parts of Kamailio's configuration. `@NAME@` is filled in by `kamailio.ts`. */

export const PROXY_MODULES = `
loadmodule "db_sqlite.so"
loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "textopsx.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "xlog.so"
loadmodule "auth.so"
loadmodule "auth_db.so"
loadmodule "dispatcher.so"
loadmodule "msrp.so"
modparam("auth_db", "db_url", "sqlite://@FOLDER@/core.db")
modparam("auth_db", "calculate_ha1", 1)
modparam("auth_db", "password_column", "password")
modparam("auth_db", "use_domain", 1)
modparam("dispatcher", "list_file", "@FOLDER@/servers.list")
# 2: the others are kept for when the first does not answer.
modparam("dispatcher", "flags", 2)
# The user who is served: his messages and his registrations meet the same one.
modparam("dispatcher", "hash_pvar", "$avp(served)")
modparam("dispatcher", "ds_ping_interval", 2)
modparam("dispatcher", "ds_probing_mode", 1)
# A ping that found nobody fails half a minute later, when the one that was killed is back, and would count against it:
# until the next ping is answered nobody would be there. So several in a row have to fail; who does not take a request is
# left out at once, see TO_PF.
modparam("dispatcher", "ds_probing_threshold", 4)
modparam("dispatcher", "ds_inactive_threshold", 1)
modparam("dispatcher", "ds_ping_from", "sip:core@@DOMAIN@")
`

export const REGISTRAR_MODULES = `
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "nathelper.so"
loadmodule "uac.so"
loadmodule "presence.so"
loadmodule "presence_reginfo.so"
loadmodule "pua.so"
loadmodule "pua_reginfo.so"
# Written every second, so who registered is registered after a restart, too; as they come, the processes would lock each other out.
modparam("usrloc", "db_mode", 2)
modparam("usrloc", "db_url", "sqlite://@FOLDER@/location.db")
modparam("db_sqlite", "db_set_journal_mode", "@FOLDER@/location.db=WAL")
# An expiry is told within a second.
modparam("usrloc", "timer_interval", 1)
modparam("registrar", "min_expires", 1)
modparam("registrar", "max_expires", 86400)
modparam("registrar", "gruu_enabled", 1)
modparam("registrar", "method_filtering", 0)
modparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")
modparam("presence", "db_url", "sqlite://@FOLDER@/core.db")
modparam("presence", "server_address", "sip:@HOST@:@PORT@")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "notifier_processes", 0)
modparam("presence", "send_fast_notify", 1)
modparam("presence", "min_expires", 1)
modparam("pua", "db_url", "sqlite://@FOLDER@/core.db")
modparam("pua_reginfo", "default_domain", "@DOMAIN@")
modparam("pua_reginfo", "server_address", "sip:reginfo@@HOST@:@PORT@")
modparam("pua_reginfo", "outbound_proxy", "sip:@HOST@:@PORT@;transport=tcp")
`

export const ROUTES = `
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (!sanity_check()) { exit; }
  if (is_method("OPTIONS") && uri==myself && $rU==$null) { sl_send_reply("200", "OK"); exit; }
  force_rport();
  if (has_totag()) { route(IN_DIALOG); exit; }
  # RFC 3261 §16.4: the Route that led here is not for who comes next; another domain would send it back.
  remove_hf("Route");
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (is_method("ACK")) { if (t_check_trans()) { t_relay(); } exit; }
  t_check_trans();
  # What comes from a participating function is known by its address, so nothing goes round in a circle.
  if (@FROM_PF@) {
    if (is_method("SUBSCRIBE") && $hdr(Event)=="reg") { route(REG_EVENT); }
    route(TO_DEVICE);
    exit;
  }
  if (is_method("PUBLISH") && $si=="@HOST@" && $hdr(Event)=="reg") { route(REG_EVENT); }
  #!ifndef WITHOUT_PASSWORDS
  route(WHO);
  #!endif
  if (is_method("REGISTER")) { route(REGISTRAR); exit; }
  if (is_method("MESSAGE|INVITE|SUBSCRIBE") && uri==myself) { route(TO_PF); exit; }
  # Somebody of ours writes to another domain.
  if (uri!=myself && from_uri==myself) { route(ASSERT); route(TO_DEVICE); exit; }
  sl_send_reply("403", "No Relay");
}

route[IN_DIALOG] {
  if (is_method("SUBSCRIBE") && uri==myself && $hdr(Event)=="reg") { route(REG_EVENT); }
  if (loose_route()) { handle_ruri_alias(); t_relay(); exit; }
  if (is_method("ACK")) { if (t_check_trans()) { t_relay(); } exit; }
  sl_send_reply("404", "Not Here");
}

# Who is authenticated speaks for nobody else. Another domain's users are not asked; they are not ours to assert, see ASSERT.
route[WHO] {
  if (is_method("REGISTER")) {
    if (!www_authenticate("@DOMAIN@", "subscriber")) { www_challenge("@DOMAIN@", "0"); exit; }
    if ($au!=$tU) { sl_send_reply("403", "Not You"); exit; }
    remove_hf("Authorization");
    msg_apply_changes();
    return;
  }
  if (from_uri!=myself) { return; }
  if (!proxy_authenticate("@DOMAIN@", "subscriber")) { proxy_challenge("@DOMAIN@", "0"); exit; }
  if ($au!=$fU) { sl_send_reply("403", "Not You"); exit; }
  consume_credentials();
}

route[REGISTRAR] {
  if ($proto=="ws" || $proto=="wss") { fix_nated_register(); }
  if (!save("location")) { sl_reply_error(); exit; }
  # Third-party REGISTER (TS 24.229 §5.4.1.7): the whole of the original, with instance ids and feature tags, which reginfo does not have.
  $avp(served) = $tU + "@" + $td;
  if (!ds_select_dst("1", "7")) { exit; }
  $uac_req(method) = "REGISTER";
  $uac_req(ruri) = $du;
  $uac_req(ouri) = $du;
  $uac_req(furi) = "sip:core@@DOMAIN@";
  $uac_req(turi) = $tu;
  $uac_req(hdrs) = "Contact: <sip:@HOST@:@PORT@;transport=tcp>\\r\\nContent-Type: message/sip\\r\\n";
  $uac_req(body) = $mb;
  uac_req_send();
}

route[REG_EVENT] {
  if (!t_newtran()) { sl_reply_error(); exit; }
  if (is_method("PUBLISH")) { handle_publish(); } else { handle_subscribe(); }
  t_release();
  exit;
}

# What a device claims about identities is removed; a header that was removed still looks present, so it is always written anew.
route[ASSERT] {
  remove_hf("P-Asserted-Identity");
  remove_hf("P-Called-Party-ID");
  append_hf("P-Asserted-Identity: <$fu>\\r\\n");
}

route[TO_PF] {
  route(ASSERT);
  if ($rU!=$null) { append_hf("P-Called-Party-ID: <sip:$rU@$rd>\\r\\n"); }
  if (is_method("INVITE|SUBSCRIBE")) { record_route(); }
  $avp(served) = $rU + "@" + $rd;
  # Who fetches what was deferred for him (sip:deferred@@DOMAIN@) is served where it waits.
  if ($rU=="deferred") { $avp(served) = $fU + "@" + $fd; }
  if (!ds_select_dst("1", "7")) { sl_send_reply("503", "No Participating Function"); exit; }
  t_on_failure("NEXT_PF");
  t_set_fr(120000, 5000);
  # A refused connection makes t_relay fail at once, without a failure_route.
  $var(tried) = 0;
  while (!t_relay()) {
    ds_mark_dst("ip");
    $var(tried) = $var(tried) + 1;
    if ($var(tried) > 3 || !ds_next_dst()) { sl_send_reply("503", "No Participating Function"); exit; }
  }
}

failure_route[NEXT_PF] {
  if (t_is_canceled()) { exit; }
  # Who is busy, or has no way to us yet, says so; another one may have (RFC 3261 §21.5.4).
  if (t_check_status("503") && ds_next_dst()) { t_on_failure("NEXT_PF"); t_set_fr(120000, 5000); t_relay(); exit; }
  if (t_branch_timeout() || t_check_status("408|47[78]")) {
    ds_mark_dst("ip");
    if (ds_next_dst()) { t_on_failure("NEXT_PF"); t_set_fr(120000, 5000); t_relay(); exit; }
    t_reply("503", "No Participating Function");
  }
}

route[TO_DEVICE] {
  # RFC 3325 §7: who hides is named to nobody behind us.
  if ($hdr(Privacy)=~"(^|;) *id *(;|$)") { msg_apply_changes(); remove_hf("P-Asserted-Identity"); }
  if (is_method("INVITE|SUBSCRIBE")) { record_route(); }
  if (uri==myself && !lookup("location")) { sl_send_reply("480", "Not Registered"); exit; }
  handle_ruri_alias();
  t_set_fr(120000, 10000);
  if (!t_relay()) { sl_reply_error(); }
}

# A relay of MSRP (RFC 4976 without AUTH): each hop is answered here, the next one of To-Path is dialled.
event_route[msrp:frame-in] {
  if (msrp_is_reply()) { exit; }
  if ($msrp(nexthops)<1) { msrp_reply("481", "No Such Session"); exit; }
  if ($msrp(method)=="SEND") { msrp_reply("200", "OK"); }
  msrp_relay();
}
`
