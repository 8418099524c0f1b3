"""Exports of shops, payments, events and forms. What a status says here is said of an order, a ticket or a payment."""

from contact_pipeline.wording.export_format import Format, all_to

SHOPS_AND_EVENTS: tuple[Format, ...] = (
    # help.shopify.com and header rows in public readers of it. An apostrophe stands before an id and a number.
    Format(
        "shopify_customers",
        (("Accepts Email Marketing", "Total Spent", "Total Orders"), ("Customer ID", "Accepts Email Marketing"),
        ("Accepts Marketing", "Total Spent", "Total Orders")),
        """Default Address Company | Default Address Address1 | Default Address Address2 | Default Address Zip |
        Address1 | Address2 | Province Code | Country Code | Total Spent | Total Orders | Tax Exempt |
        Accepts WhatsApp Marketing""",
        overrides={
            "Accepts Email Marketing": "refusal:email:no_consent", "Accepts Marketing": "refusal:email:no_consent",
            "Accepts SMS Marketing": "refusal:sms:no_consent", "Accepts WhatsApp Marketing": "extra",
            "Default Address City": "city", "Default Address Province Code": "region", "Default Address Phone": "phone",
            "Default Address Country Code": "country", "Default Address Company": "company",
            "Province Code": "extra", "Country Code": "extra",
        },
    ),
    # woocommerce/woocommerce, Admin/API/Reports/Customers/Controller.php. Role is the account's in the shop.
    Format(
        "woocommerce_customers",
        (("Username", "Last Active", "Sign Up"), ("Username", "AOV")),
        """Last Active | Sign Up | Total Spend | AOV""",
        overrides={"Role": "extra", "Billing Phone": "phone", "Shipping Phone": "phone", "Country / Region": "country"},
    ),
    # Header row of the grid's own export in a public log of it. Confirmed email says whether, and holds no address.
    Format(
        "magento_customers",
        (("Customer Since", "Account Created in"), ("Customer Since", "Confirmed email")),
        """Customer Since | Confirmed email | Account Created in | Date of Birth | Tax VAT Number | VAT Number |
        Billing Firstname | Billing Lastname | Account Lock""",
        overrides={
            "ID": "record_id", **all_to("extra", "Confirmed email | Billing Firstname | Billing Lastname | Group"),
        },
    ),
    # experienceleague.adobe.com (Customers Main File). Hashes of passwords and tokens have no business here: unread.
    Format(
        "magento_customers_main_file",
        (("email", "_website", "_store"), ("group_id", "password_hash", "website_id")),
        """_website | _store | confirmation | created_in | disable_auto_group_change | group_id | store_id | taxvat |
        website_id | _address_fax | _address_firstname | _address_lastname | _address_middlename | _address_postcode |
        _address_prefix | _address_street | _address_suffix""",
        overrides={
            **all_to("ignored", "password_hash | rp_token | rp_token_created_at | password"),
            **all_to("extra", "confirmation | _address_firstname | _address_lastname | _address_middlename"),
            "_address_telephone": "phone", "_address_city": "city", "_address_region": "region",
            "_address_country_id": "country", "_address_company": "company",
        },
    ),
    # PrestaShop/PrestaShop, Admin/Sell/Customer/CustomerController.php. Partner offers are somebody else's messages.
    Format(
        "prestashop_customers",
        (("Social title", "Newsletter"), ("Social title", "Partner offers")),
        """Sales | Enabled | Partner offers | Registration | Last visit""",
        overrides={"ID": "record_id", "Newsletter": "refusal:email:no_consent", **all_to("extra",
                   "Enabled | Partner offers | Registration | Sales")},
    ),
    # Header row in public tests of readers of the dashboard's export. Status is the subscription's.
    Format(
        "stripe_customers",
        (("id", "Created (UTC)", "Delinquent"), ("Email", "Delinquent", "Payment Count")),
        """Created (UTC) | Delinquent | Total Spend | Payment Count | Refunded Volume | Dispute Losses |
        Average Order""",
        overrides={"id": "record_id", "Status": "extra", "Description": "extra", "Plan": "extra"},
    ),
    # Header row of a real members export in a public test. Patron Status is the pledge's, Addressee the parcel's.
    Format(
        "patreon_members",
        (("Patron Status", "Pledge Amount"), ("Patron Status", "Patronage Since Date")),
        """Discord | Patron Status | Follows You | Free Member | Free Trial | Lifetime Amount | Pledge Amount |
        Charge Frequency | Tier | Addressee | Patronage Since Date | Last Charge Date | Last Charge Status |
        Additional Details | Max Posts | Access Expiration | Next Charge Date | Full country name""",
        overrides={
            "User ID": "record_id",
            **all_to("extra", "Full country name | Addressee | Patron Status | Free Member | Last Charge Status"),
        },
    ),
    # Header row in a public converter of the export of events. User is the host, Guest Email(s) are other people's,
    # Canceled is the meeting.
    Format(
        "calendly",
        (("Invitee Email", "Event Type Name"), ("Invitee Name", "Invitee Email")),
        """Team | Invitee Time Zone | Event Type Name | Start Date & Time | End Date & Time |
        Event Created Date & Time | Canceled | Canceled By | Cancellation reason | UTM Campaign | UTM Source |
        UTM Medium | UTM Term | UTM Content | Salesforce UUID | Event Price | Payment Currency |
        Invitee Reconfirmed | Marked as No-Show | Meeting Notes | Event UUID | Invitee UUID |
        Invitee scheduled by | Scheduling method | """
        + " | ".join(f"Question {n} | Response {n}" for n in range(1, 11)),
        overrides={
            "Invitee Name": "name", "Invitee First Name": "given_name", "Invitee Last Name": "family_name",
            "Invitee Email": "email", "Text Reminder Number": "phone",
            "Invitee accepted marketing emails": "refusal:email:no_consent",
            **all_to("extra", "User Name | User Email | Guest Email(s) | Location | Canceled | Canceled By | "
                     "Cancellation reason | Invitee scheduled by | Team | Group"),
        },
    ),
    # Header rows in public readers of the attendee report.
    Format(
        "eventbrite_attendees",
        (("Order #", "Attendee Status"), ("Order #", "Attendee #"), ("Order #", "Order Date", "Ticket Type")),
        """Order # | Order Date | Price Tier | Attendee # | Order Type | Total Paid | Fees Paid |
        Eventbrite Fees | Eventbrite Payment Processing | Attendee Status | Barcode # | Home Address 1 |
        Home Address 2 | Home Zip | Event Name | Event Date | Promo Code | Affiliate""",
        overrides={
            "Home City": "city", "Home State": "region", "Home Country": "country", "Cell Phone": "phone",
            "Surname": "family_name", **all_to("extra", "Attendee # | Attendee Status | Event Name"),
        },
    ),
    # Header row of the details in public readers of the report; its Approval Status is about the webinar. The name
    # that somebody typed when joining is no name.
    Format(
        "zoom_webinar",
        (("User Name (Original Name)", "Registration Time"), ("Registration Time", "Approval Status")),
        """Attended | User Name (Original Name) | Registration Time | Approval Status | Join Time | Leave Time |
        Time in Session (minutes) | Is Guest""",
        overrides={"Country/Region Name": "country", "User Name (Original Name)": "extra", "Approval Status": "extra"},
    ),
    # Header row in public readers of the list of guests. One person has another api_id at each event.
    Format(
        "luma_guests",
        (("api_id", "approval_status"), ("api_id", "ticket_name")),
        """api_id | approval_status | checked_in_at | custom_source | qr_code_url | amount | amount_tax |
        amount_discount | coupon_code | eth_address | solana_address | survey_response_rating |
        survey_response_feedback | ticket_type_id | ticket_name""",
        overrides=all_to("extra", "approval_status | qr_code_url | eth_address | solana_address | ticket_name"),
    ),
    # Header row in a public script that reads the attendees. Order … is who paid, often somebody else.
    Format(
        "tito_attendees",
        (("Ticket Email", "Ticket Reference"), ("Ticket Full Name", "Ticket Email")),
        """Number | Ticket Created Date | Ticket | Event | Void Status | Ticket Reference | Unique Ticket URL |
        Unique Order URL | Order Reference | Order Name | Order Email | Order Company Name | Order Phone Number |
        Order Discount Code | Order IP | Order Created Date | Order Completed Date | Payment Reference |
        Registration Name | Registration Email""",
        overrides={
            "Ticket Full Name": "name", "Ticket First Name": "given_name", "Ticket Last Name": "family_name",
            "Ticket Email": "email", "Ticket Company Name": "company", "Ticket Phone Number": "phone",
            **all_to("extra", "Order Name | Order Email | Order Company Name | Order Phone Number | "
                     "Registration Name | Registration Email | Unique Ticket URL | Unique Order URL | Void Status"),
        },
    ),
    # Header row of Meta's own export in a public test; ids and numbers are written as l:…, p:….
    Format(
        "facebook_lead_ads",
        (("ad_id", "adset_id", "form_id"), ("created_time", "form_id", "platform")),
        """created_time | ad_id | ad_name | adset_id | adset_name | campaign_id | campaign_name | form_id |
        form_name | is_organic | platform | lead_status""",
        overrides=all_to("extra", "ad_name | adset_name | campaign_name | form_name | lead_status"),
    ),
)  # fmt: skip
